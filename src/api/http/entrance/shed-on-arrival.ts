import { type IncomingMessage } from 'node:http';
import { type GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Kind, type Load } from '../../../platform/load/load.js';
import { isHealthRoute } from './health-route.js';

/**
 * The refusal of a request that arrives under too much load; null if it may go on. Health checks and preflights always may, and
 * cost little. A POST of GraphQL is taken for a change until its document is known.
 */
export function shedOnArrival(request: IncomingMessage, load: Load): GatewayError | null {
  if (!load.isHigh) return null;
  const { method, url } = request;
  return method === 'OPTIONS' || isHealthRoute(url) ? null : load.refusal(kindOf(request));
}

export function kindOf({ method }: Pick<IncomingMessage, 'method'>): Kind {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}
