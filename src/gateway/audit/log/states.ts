import { globalLevel, type Subjects, zone } from './audited-operations.js';
import { type State, type States } from '../record/event.js';
import { isId, recordedHostname } from './names.js';

/** The members that are recorded. Answers are not checked before, so each value is. */
const members: Readonly<Record<keyof State, (value: unknown) => boolean>> = {
  enabled: (value) => typeof value === 'boolean',
  cert_id: isId,
  status: (value) => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value),
  expires_on: (value) => typeof value === 'string' && /^\d{4}-[\dT:.Z +-]{6,30}$/.test(value),
};

/** What the value of the global level says, in the words of the other states. */
const switchedTo = new Map<unknown, boolean>([
  ['on', true],
  ['off', false],
]);

/** The states of the subjects, null if there are none. Cloudflare answers a change of one hostname with all of the zone. */
export function statesOf(result: unknown, subjects: Subjects): States | null {
  const items = [result].flat();
  const states = new Map<string, State>();
  for (const item of items) {
    const fields = (item ?? {}) as Record<string, unknown>;
    const name = nameOf(fields, items.length === 1 ? subjects : null);
    const state = stateOf(fields, name);
    if (name === null || !state || !subjects.has(name)) continue;
    if (isRather(states.get(name), state, subjects.get(name) ?? null)) states.set(name, state);
  }
  return states.size > 0 ? Object.fromEntries(states) : null;
}

/** Of several states of one name, the one with the certificate of the change counts, else the last, as in the answer to the client. */
function isRather(known: State | undefined, state: State, certificate: string | null): boolean {
  const has = (each: State) => each.cert_id?.toLowerCase() === certificate;
  return !known || certificate === null || !has(known) || has(state);
}

/** @param asked the subjects of an answer with one item, which need not name its subject */
function nameOf({ hostname, id }: Record<string, unknown>, asked: Subjects | null): string | null {
  const [only, ...more] = asked?.keys() ?? [];
  if (only === zone || only === globalLevel) return only;
  if (typeof hostname === 'string') return recordedHostname(hostname);
  if (isId(id)) return id.toLowerCase();
  return only !== undefined && more.length === 0 ? only : null;
}

/** @param name of the subject: a certificate does not refer to itself */
function stateOf(item: Record<string, unknown>, name: string | null): State | null {
  const fields: Readonly<Record<string, unknown>> =
    name === globalLevel ? { enabled: switchedTo.get(item['value']) } : item;
  const known = Object.entries(members).flatMap(([member, isValid]) => {
    const value = fields[member];
    if (member === 'cert_id' && typeof value === 'string' && value.toLowerCase() === name) return [];
    return value === null || isValid(value) ? [[member, value] as const] : [];
  });
  return known.length > 0 ? Object.fromEntries(known) : null;
}
