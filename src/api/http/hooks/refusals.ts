import { type IncomingHttpHeaders } from 'node:http';
import { type onRequestHookHandler } from 'fastify';
import { type Mark } from '../../../gateway/upstream/mark.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { isHealthRoute } from '../entrance/health-route.js';
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

/** Refuses requests while too many bytes of answers wait for their callers. Health checks are always answered. */
export function refuseOverload(connections: Connections): onRequestHookHandler {
  const message = 'Too many answers wait to be read. Try again in a second.';
  return ({ routeOptions }, _reply, done) => {
    if (!connections.areFull || isHealthRoute(routeOptions.url)) return done();
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
