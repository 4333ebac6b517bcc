import { type Subjects, zone } from './audited-operations.js';
import { type State, type States } from '../record/event.js';
import { isId, recordedHostname } from './names.js';

/** The members that are recorded, each with the check that its value passes: Cloudflare may answer anything. */
const members: readonly (readonly [keyof State, (value: unknown) => boolean])[] = [
  ['enabled', (value) => typeof value === 'boolean'],
  ['cert_id', isId],
  ['status', (value) => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value)],
  ['expires_on', (value) => typeof value === 'string' && /^\d{4}-[\dT:.Z +-]{6,30}$/.test(value)],
];

/**
 * The states of the subjects in the `result` of an answer; null where it holds none. The result may hold others too:
 * Cloudflare answers a change of one hostname with all hostnames of the zone.
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

/** Of several with one name, the one with the certificate of the change, else the last: the caller is answered the same. */
function isRather(known: State | undefined, state: State, certificate: string | null): boolean {
  const has = (each: State) => each.cert_id?.toLowerCase() === certificate;
  return !known || certificate === null || !has(known) || has(state);
}

/** @param asked the subjects, where the answer has one item: an answer about one subject need not name it */
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
