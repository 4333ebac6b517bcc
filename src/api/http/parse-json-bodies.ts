import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { jsonBodyOf } from '../representation/json-body.js';

/** Makes `application/json` the only content type of request bodies. */
export function parseJsonBodies(adapter: FastifyAdapter): void {
  adapter.getInstance().removeAllContentTypeParsers();
  adapter.useBodyParser('application/json', false, {}, (_request, body, done) =>
    done(null, jsonBodyOf(body)),
  );
}
