import { createHash } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { send } from './answer.js';
import { identify } from './credentials.js';
import { single } from './envelope.js';
import { ApiError, refusals } from './errors.js';
import { underFaults } from './faults.js';
import { arrive } from './operations.js';
import { Wire } from './wire.js';
import { type World } from './world.js';

/** A token with this suffix is owned by an account. It works everywhere but here [live-3p counterscale #268]. */
const accountOwned = /-account[a-z0-9]*$/;

/** `GET /user/tokens/verify`: the id of the token that is sent. */
export function registerTokenVerification(app: FastifyInstance, world: World): void {
  app.route({
    method: 'GET',
    url: '/client/v4/user/tokens/verify',
    onRequest: (request, reply, done) => {
      arrive(world, 'token.verify', request, reply);
      done();
    },
    handler: (request, reply) => answer(world, request, reply),
  });
}

async function answer(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const token = tokenOf(request);
  const faults = world.faults.take({ operation: 'token.verify', zone: '', token });
  const wire = new Wire(request, reply);
  await wire.pause(world.settings.latencyMs + world.faults.latencyMs);
  const given = await underFaults(faults, wire, () => verified(token));
  return given === undefined ? reply : send(reply, given);
}

/** @throws ApiError */
function tokenOf({ headers }: FastifyRequest): string {
  if (!headers.authorization) throw refusals.tokenMissing();
  const user = identify(headers);
  if (!(user instanceof ApiError)) return user.secret;
  throw user.status === 403 ? refusals.invalidToken() : user;
}

/** Without `expires_on` and `not_before`, as for a token that does not expire [live-3p craft-cloudflare #88]. */
function verified(token: string) {
  if (accountOwned.test(token)) return refusals.invalidToken();
  const message = { code: 10000, message: 'This API Token is valid and active', type: null };
  const body = { ...single({ id: idOf(token), status: 'active' }), messages: [message] };
  return { status: 200, headers: {}, body };
}

/** Always the same for one token. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 32);
}
