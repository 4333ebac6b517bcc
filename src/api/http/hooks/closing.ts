import { type onSendHookHandler, type preCloseHookHandler } from 'fastify';
import { type Readiness } from '../../../platform/health/readiness.js';
import { type Connections } from '../server/connections.js';
import { requestTimeoutMs } from '../server/server.js';

/** Closes each connection with its next answer while the process drains, so that clients move to another replica. */
export function closeWhileDraining(readiness: Readiness): onSendHookHandler {
  // Checked when the answer is sent: draining may begin after the request arrived.
  return (_request, reply, payload, done) => {
    if (readiness.state === 'draining') void reply.header('connection', 'close');
    done(null, payload);
  };
}

/**
 * Closes idle connections when the server begins to close, and some time later those that have sent part of a request: Node
 * does not check `requestTimeout` any more then.
 */
export function closeUnusedConnections(connections: Connections): preCloseHookHandler {
  return (done) => {
    connections.closeIdle();
    setTimeout(() => connections.closeUnused(), requestTimeoutMs).unref();
    done();
  };
}
