import { type Call, operations, type OperationName } from '../../upstream/operations.js';
import { type State, type States, type Target } from '../record/event.js';
import { hostnamesIn, isId, recordedHostname } from './names.js';

/** What is written down, and only where it looks like itself: upstream may say anything. */
const members: readonly (readonly [keyof State, (value: unknown) => boolean])[] = [
  ['enabled', (value) => typeof value === 'boolean'],
  ['cert_id', isId],
  ['status', (value) => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value)],
  ['expires_on', (value) => typeof value === 'string' && /^\d{4}-[\dT:.Z +-]{6,30}$/.test(value)],
];

/** What stands in the place of a name where it is the zone itself that has a state. */
const zone = 'zone';

/** The names of what states are recorded of, each with the certificate that the change associates; null where it does not. */
export type Subjects = ReadonlyMap<string, string | null>;

/** A read whose answer says how things stood before a change. */
export interface ReadBefore {
  readonly read: Call;
  readonly subjects: Subjects;
}

/** What a change is about. */
export function subjectsOf({ operation, body }: Call, target: Target): Subjects {
  const { certificate_id, hostnames = [] } = target;
  switch (operation.name) {
    case 'settings.update':
      return subject(zone);
    case 'hostname.update': {
      const certificates = new Map(hostnamesIn(body).map(({ hostname, certId }) => [hostname, certId]));
      // A hostname of that name would read as the zone itself. No hostname of Cloudflare's has it.
      const names = hostnames.filter((name) => name !== zone);
      return new Map(names.map((name) => [name, certificates.get(name) ?? null]));
    }
    default:
      return certificate_id === undefined ? new Map() : subject(certificate_id);
  }
}

/** The first that knows is believed. */
export function readsBefore({ operation, params }: Call, { hostnames = [] }: Target): ReadBefore[] {
  const { zone_id, certificate_id = '' } = params;
  const read = (of: string, name: OperationName, more: Partial<Call['params']> = {}): ReadBefore => ({
    read: { operation: operations[name], params: { zone_id, ...more } },
    subjects: subject(of.toLowerCase()),
  });
  switch (operation.name) {
    case 'settings.update':
      return [read(zone, 'settings.get')];
    case 'zone_certificate.delete':
      return [
        read(certificate_id, 'zone_certificate.get', params),
        read(certificate_id, 'zone_certificate.list'),
      ];
    case 'hostname_certificate.delete':
      return [
        read(certificate_id, 'hostname_certificate.get', params),
        read(certificate_id, 'hostname_certificate.list'),
      ];
    case 'hostname.update':
      return hostnames
        .filter((hostname) => hostname !== zone)
        .map((hostname) => read(hostname, 'hostname.get', { hostname }));
    default:
      return [];
  }
}

/**
 * How the subjects stand, as the `result` of an answer says it; null where it says nothing of them. Others may stand in it:
 * Cloudflare answers a change of one hostname with all of the zone.
 */
export function statesOf(result: unknown, subjects: Subjects): States | null {
  const items = [result].flat();
  const states = new Map<string, State>();
  for (const item of items) {
    const fields = (item ?? {}) as Record<string, unknown>;
    const name = nameOf(fields, items.length === 1 ? subjects : null);
    const state = stateOf(fields, name);
    const certificate = name === null ? undefined : subjects.get(name);
    if (name === null || !state || certificate === undefined) continue;
    if (isRather(states.get(name), state, certificate)) states.set(name, state);
  }
  return states.size > 0 ? Object.fromEntries(states) : null;
}

function subject(name: string): Subjects {
  return new Map([[name, null]]);
}

/** Of several with one name, the one with the certificate of the change, else the last: the caller is answered the same. */
function isRather(known: State | undefined, state: State, certificate: string | null): boolean {
  const has = (each: State) => each.cert_id?.toLowerCase() === certificate;
  return !known || certificate === null || !has(known) || has(state);
}

/** @param asked what was asked for, where this is all of the answer: of one thing it need not say the name */
function nameOf({ hostname, id }: Record<string, unknown>, asked: Subjects | null): string | null {
  const [only, ...more] = asked?.keys() ?? [];
  if (only === zone) return zone;
  if (typeof hostname === 'string') return recordedHostname(hostname);
  if (isId(id)) return id.toLowerCase();
  return only !== undefined && more.length === 0 ? only : null;
}

/** @param name of what has the state: a certificate does not refer to itself */
function stateOf(fields: Record<string, unknown>, name: string | null): State | null {
  const known = members.flatMap(([member, isOne]) => {
    const value = fields[member];
    if (member === 'cert_id' && typeof value === 'string' && value.toLowerCase() === name) return [];
    return value === null || isOne(value) ? [[member, value] as const] : [];
  });
  return known.length > 0 ? Object.fromEntries(known) : null;
}
