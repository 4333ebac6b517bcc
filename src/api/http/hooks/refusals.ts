import { type IncomingHttpHeaders } from 'node:http';
import { type onRequestHookHandler } from 'fastify';
import { type Mark } from '../../../gateway/upstream/mark.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { isHealthRoute } from '../entrance/health-route.js';
import { kindOf } from '../entrance/shed-on-arrival.js';
import { type Connections } from '../server/connections.js';

/** Refuses a request that this deployment sent itself: forwarded again, it would circulate until its time limit. */
export function refuseLoops(mark: Mark): onRequestHookHandler {
  const message =
    'This request comes from this gateway itself: CLOUDFLARE_BASE_URL leads back to it, perhaps through a proxy or by another name. ' +
    "Set it to the URL of Cloudflare's API.";
  return ({ headers }, reply, done) => {
    if (!mark.isIn(headers)) return done();
    void reply.header('connection', 'close');
    done(new GatewayError('loop_detected', message));
  };
}

/**
 * Refuses what was found to be too much when it arrived, and requests while too many bytes of answers wait for their callers.
 * Health checks are always answered.
 */
export function refuseOverload(connections: Connections, metrics: Metrics): onRequestHookHandler {
  const message = 'Too many answers wait to be read. Try again in a second.';
  return ({ raw, routeOptions }, _reply, done) => {
    if (raw.shed) return done(raw.shed);
    if (!connections.areFull || isHealthRoute(routeOptions.url)) return done();
    metrics.shed(kindOf(raw), 'answers');
    done(new GatewayError('overloaded', message, { headers: { 'retry-after': '1' } }));
  };
}

/** Refuses a compressed body, and says what is taken (RFC 9110 §12.5.3). */
export const refuseEncodedBodies: onRequestHookHandler = ({ headers }, _reply, done) => {
  if (!hasEncodedBody(headers)) return done();
  const message = 'The request body has a content encoding, such as gzip. Send it without one.';
  done(new GatewayError('body_compressed', message, { headers: { 'accept-encoding': 'identity' } }));
};

/** Whether a body follows that has another content encoding than `identity`. */
export function hasEncodedBody(headers: IncomingHttpHeaders): boolean {
  const { 'content-encoding': encodings, 'content-length': length = '0' } = headers;
  if (encodings === undefined || /^\s*(?:identity)?\s*$/i.test(encodings)) return false;
  return headers['transfer-encoding'] !== undefined || length !== '0';
}
