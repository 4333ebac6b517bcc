import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { send } from './answer.js';
import { authenticate, identify, type User } from './credentials.js';
import { ApiError, refusals } from './errors.js';
import { underFaults } from './faults.js';
import { globalLevel } from './global-level.js';
import { hostnameCertificates } from './hostname-certificates.js';
import { hostnames } from './hostnames.js';
import { checkPathParameters } from './identifiers.js';
import { type CallName, type Operation } from './operation.js';
import { Wire } from './wire.js';
import { type World } from './world.js';
import { type Zone } from './zone.js';
import { zoneCertificates } from './zone-certificates.js';
import { zoneSettings } from './zone-settings.js';

const PREFIX = '/client/v4/zones/:zone_id';
const operations: readonly Operation[] = [
  ...zoneCertificates,
  ...hostnameCertificates,
  ...hostnames,
  ...zoneSettings,
  ...globalLevel,
];

interface ApiRoute {
  Params: Record<string, string>;
  Querystring: Record<string, unknown>;
  Body: string | undefined;
}

/** The router prefers literal segments, so `settings` and `hostnames/certificates` take precedence over parameters. */
export function registerOperations(app: FastifyInstance, world: World): void {
  for (const operation of operations) {
    if (operation.name === 'hostname.list' && !world.settings.listAssociations) {
      // Without this route the path would match that of a certificate with the id "hostnames".
      app.get(PREFIX + operation.path, (request, reply) => {
        arrive(world, 'unrouted', request, reply);
        throw refusals.listNotOffered();
      });
      continue;
    }
    app.route<ApiRoute>({
      method: operation.method,
      url: PREFIX + operation.path,
      // Before the body is read, so that a call with an unreadable body is counted.
      onRequest: (request, reply, done) => {
        arrive(world, operation.name, request, reply);
        done();
      },
      handler: (request, reply) => answer(world, operation, request, reply),
    });
  }
}

/** Counts every call and charges it to its user, before anything else is checked. @throws 429 */
export function arrive(
  world: World,
  name: CallName | 'unrouted',
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  world.calls.count(name);
  const user = identify(request.headers);
  const verdict = world.rateLimit.charge(user instanceof ApiError ? undefined : user.secret);
  reply.headers(verdict.headers);
  if (verdict.retryAfterSeconds !== undefined) throw refusals.rateLimited(verdict.retryAfterSeconds);
}

async function answer(
  world: World,
  operation: Operation,
  request: FastifyRequest<ApiRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { zone_id: zoneId = '', certificate_id: certificateId, hostname } = request.params;
  checkPathParameters(request.params, request.url);
  const user = authenticate(request.headers);
  const zone = admit(world, operation, user, zoneId);

  const letGo = operation.method === 'GET' ? undefined : zone.hold();
  try {
    const target = { operation: operation.name, zone: zoneId, token: user.secret };
    const faults = world.faults.take(target);
    const wire = new Wire(request, reply);
    await wire.pause(world.settings.latencyMs + world.faults.latencyMs);
    const given = await underFaults(faults, wire, () =>
      attempt(operation, zone, {
        subject: certificateId ?? hostname ?? '',
        query: request.query,
        body: request.body,
        now: world.clock.now(),
      }),
    );
    return given === undefined ? reply : send(reply, given);
  } finally {
    letGo?.();
  }
}

/** Refuses the zone of another user and an unknown zone alike. @throws 403 */
function admit(world: World, operation: Operation, user: User, zoneId: string): Zone {
  const zone = world.zones.find(zoneId);
  if (zone === undefined) throw refusals.authenticationError();
  const allowed = operation.method === 'GET' || user.mayWrite;
  if (operation.isZoneSetting) {
    if (!allowed || !user.hasZoneSettings) throw refusals.noZoneSettings();
  } else if (!allowed) throw refusals.authenticationError();
  return zone;
}

/** Returns a refusal as an answer, because faults apply to it too. */
function attempt(operation: Operation, ...[zone, call]: Parameters<Operation['run']>) {
  try {
    return { status: 200, headers: {}, body: operation.run(zone, call) };
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
