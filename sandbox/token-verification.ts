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

/** The account that owns the tokens with that suffix. */
const account = '01a7362d577a6c3019a474fd6f485823';

/** Who owns a token, and the path that answers for it. */
const owners = {
  user: { operation: 'token.verify', url: '/client/v4/user/tokens/verify' },
  account: { operation: 'account_token.verify', url: '/client/v4/accounts/:account_id/tokens/verify' },
} as const;

type Owner = keyof typeof owners;

/** `GET /user/tokens/verify` and `GET /accounts/{account_id}/tokens/verify`: the id of the token that is sent. */
export function registerTokenVerification(app: FastifyInstance, world: World): void {
  for (const owner of ['user', 'account'] as const) {
    const { operation, url } = owners[owner];
    app.route({
      method: 'GET',
      url,
      onRequest: (request, reply, done) => {
        arrive(world, operation, request, reply);
        done();
      },
      handler: (request, reply) => answer(world, owner, request, reply),
    });
  }
}

async function answer(
  world: World,
  owner: Owner,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const token = tokenOf(request);
  const faults = world.faults.take({ operation: owners[owner].operation, zone: '', token });
  const wire = new Wire(request, reply);
  await wire.pause(world.settings.latencyMs + world.faults.latencyMs);
  const given = await underFaults(faults, wire, () => verified(token, isOwnerOf(owner, request, token)));
  return given === undefined ? reply : send(reply, given);
}

/** @throws ApiError */
function tokenOf({ headers }: FastifyRequest): string {
  if (!headers.authorization) throw refusals.tokenMissing();
  const user = identify(headers);
  if (!(user instanceof ApiError)) return user.secret;
  throw user.status === 403 ? refusals.invalidToken() : user;
}

function isOwnerOf(owner: Owner, { params }: FastifyRequest, token: string): boolean {
  if (owner === 'user') return !accountOwned.test(token);
  const { account_id } = params as { account_id?: string };
  return accountOwned.test(token) && account_id === account;
}

/** Without `expires_on` and `not_before`, as for a token that does not expire [live-3p craft-cloudflare #88]. */
function verified(token: string, isOwned: boolean) {
  if (!isOwned) return refusals.invalidToken();
  const message = { code: 10000, message: 'This API Token is valid and active', type: null };
  const body = { ...single({ id: idOf(token), status: 'active' }), messages: [message] };
  return { status: 200, headers: {}, body };
}

/** Always the same for one token. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 32);
}
