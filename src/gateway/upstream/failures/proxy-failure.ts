import { RequestError } from 'got';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';

/** The failure of the proxy before the tunnel was made; null if it was not the proxy that failed. */
export function proxyFailure({ kind }: Operation, error: unknown): GatewayError | null {
  if (!(error instanceof RequestError) || error.timings?.secureConnect !== undefined) return null;
  const problem = problemOf(error);
  if (problem === null) return null;
  const unsent = kind === 'write' ? ' Nothing was changed.' : '';
  return new GatewayError('upstream_unreachable', `The proxy of HTTPS_PROXY ${problem}.${unsent}`, {
    cause: { code: error.code },
    retry: kind === 'read' && !problem.startsWith('refused'),
    staleForSeconds: Infinity,
  });
}

const unreachable = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE)$/;

function problemOf({ code, message }: RequestError): string | null {
  if (code === 'ERR_PROXY_TUNNEL') {
    const [, status] = /HTTP\/1\.\d (\d{3})/.exec(message) ?? [];
    if (status === '407') return 'refused the connection with 407: it wants a user and a password, or others';
    if (status !== undefined) return `refused the connection to Cloudflare with ${status}`;
    return /timed out/.test(message) ? 'did not answer in time' : 'closed the connection';
  }
  if (code === 'ETIMEDOUT') return 'did not answer in time';
  return unreachable.test(code) ? `could not be reached (${code})` : null;
}
