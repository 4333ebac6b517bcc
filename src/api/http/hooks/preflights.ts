import cors from '@fastify/cors';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Routes } from '../server/routes.js';

/** A browser keeps what it was told for so long. */
const maxAge = 10 * 60;

/** Answers the requests by which browsers ask whether a page of another origin may call the gateway (Fetch Standard §3.2.2). */
export async function answerPreflights(
  fastify: FastifyInstance,
  origins: ReadonlySet<string> | undefined,
  routes: Routes,
): Promise<void> {
  if (!origins) {
    fastify.addHook('onRequest', (request, _reply, done) => {
      const allow = isPreflight(request) ? routes.methodsOf(request.url) : [];
      done(allow.length > 0 ? new GatewayError('no_such_method', corsIsOff, { allow }) : undefined);
    });
    return;
  }
  await fastify.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.has(origin) && origin),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge,
    // Else it answers an OPTIONS request that is no preflight with 400 and plain text.
    strictPreflight: false,
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    // The library has answered those of allowed origins.
    if (isPreflight(request)) void reply.code(204).send();
    else done();
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

const corsIsOff =
  'This is a preflight of a browser, for a page of another origin. Such pages may not call the gateway, ' +
  'unless the setting CORS_ORIGINS names their origin.';
