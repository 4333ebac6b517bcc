import { type Readiness } from '../../../platform/health/readiness.js';
import { type Connections } from '../server/connections.js';
import { requestTimeoutMs } from '../server/server.js';
import { type Hook } from '../server/hook.js';

/** Closes each connection with its next answer while the process drains, so that clients move to another replica. */
export const closeWhileDraining =
  (readiness: Readiness): Hook =>
  (fastify) => {
    // Checked when the answer is sent: draining may begin after the request arrived.
    fastify.addHook('onSend', (_request, reply, payload, done) => {
      if (readiness.state === 'draining') void reply.header('connection', 'close');
      done(null, payload);
    });
  };

/** Closes idle connections some time after the server begins to close: Node does not check `requestTimeout` any more then. */
export const closeUnusedConnections =
  (connections: Connections): Hook =>
  (fastify) => {
    fastify.addHook('preClose', (done) => {
      setTimeout(() => connections.closeUnused(), requestTimeoutMs).unref();
      done();
    });
  };
