import { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type World } from './world.js';

export const CONTROLS = '/__sandbox';

const clockBody = z.strictObject({ advanceMs: z.int().min(0) });

/** Controls for tests: without credentials, counting, faults, and Cloudflare's envelope. */
export function registerControls(app: FastifyInstance, world: World): void {
  const controls = (scope: FastifyInstance, _options: object, done: () => void) => {
    scope.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const problem = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
      const status = error instanceof z.ZodError || error instanceof SyntaxError ? 400 : error.statusCode;
      return reply.code(status ?? 500).send({ error: problem });
    });
    scope.setNotFoundHandler((request, reply) =>
      reply.code(404).send({ error: `No control ${request.method} ${request.url}` }),
    );

    scope.post('/reset', (_request, reply) => {
      world.reset();
      return reply.code(204).send();
    });

    scope.post<{ Body: string | undefined }>('/clock', (request, reply) => {
      world.clock.advance(clockBody.parse(json(request.body)).advanceMs);
      return reply.send({ now: new Date(world.clock.now()).toISOString() });
    });

    scope.get('/calls', (_request, reply) => reply.send(world.calls.snapshot()));

    scope.post<{ Body: string | undefined }>('/faults', (request, reply) => {
      world.faults.replace(json(request.body));
      return reply.code(204).send();
    });
    done();
  };
  app.register(controls, { prefix: CONTROLS });
}

/** @throws SyntaxError */
function json(body: string | undefined): unknown {
  return JSON.parse(body ?? '');
}
