import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Mark } from '../../../gateway/upstream/mark.js';
import { type Hook } from '../server/hook.js';

/** Refuses a request that this deployment sent itself: forwarded again, it would circulate until its time limit. */
export const refuseLoops =
  (mark: Mark): Hook =>
  (fastify) => {
    fastify.addHook('onRequest', ({ headers }, reply, done) => {
      if (!mark.isIn(headers)) return done();
      void reply.header('connection', 'close');
      done(
        new GatewayError(
          'loop_detected',
          'This request comes from this gateway itself: CLOUDFLARE_BASE_URL leads back to it, perhaps through a proxy or by another name. ' +
            "Set it to the URL of Cloudflare's API.",
        ),
      );
    });
  };
