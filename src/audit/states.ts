import { canonicalHostname } from '../upstream/hostname.js';
import { type Call, operations, type OperationName } from '../upstream/operations.js';
import { type State, type States } from './event.js';

/** What is written down, and only where it looks like itself: upstream may say anything. */
const members: readonly (readonly [keyof State, (value: unknown) => boolean])[] = [
  ['enabled', (value) => typeof value === 'boolean'],
  ['cert_id', isId],
  ['status', (value) => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value)],
  ['expires_on', (value) => typeof value === 'string' && /^\d{4}-[\dT:.Z +-]{6,30}$/.test(value)],
];
const mostStates = 100;

/** What stands in the place of a name where it is the zone itself that has a state. */
const zone = 'zone';

/** The reads whose answers say how things stood before a change; the first that knows is believed. */
export function readsBefore({ operation, params, body }: Call): Call[] {
  const { zone_id } = params;
  const read = (name: OperationName, more: Partial<Call['params']> = {}): Call => ({
    operation: operations[name],
    params: { zone_id, ...more },
  });
  switch (operation.name) {
    case 'settings.update':
      return [read('settings.get')];
    case 'zone_certificate.delete':
      return [read('zone_certificate.get', params), read('zone_certificate.list')];
    case 'hostname_certificate.delete':
      return [read('hostname_certificate.get', params), read('hostname_certificate.list')];
    case 'hostname.update':
      return hostnamesIn(body).map((hostname) => read('hostname.get', { hostname }));
    default:
      return [];
  }
}

/** The hostnames that a change names, in their canonical spelling; of what is none, nothing. */
export function hostnamesIn(body: unknown): string[] {
  const config = (body as { config?: unknown } | null | undefined)?.config;
  if (!Array.isArray(config)) return [];
  return config.slice(0, mostStates).flatMap((each) => {
    const { hostname } = (each ?? {}) as { hostname?: unknown };
    const name = typeof hostname === 'string' ? canonicalHostname(hostname) : null;
    return name === null ? [] : [name];
  });
}

/** The states in the `result` of an answer, by what each is the state of; null where it says none. */
export function statesOf(result: unknown): States | null {
  const items = (Array.isArray(result) ? (result as unknown[]) : [result]).slice(0, mostStates);
  const states = items.flatMap((item) => {
    const fields = (item ?? {}) as Record<string, unknown>;
    const state = stateOf(fields);
    return state ? [[nameOf(fields), state] as const] : [];
  });
  return states.length > 0 ? Object.fromEntries(states) : null;
}

/** Of these things alone. */
export function only(states: States | null, names: readonly string[]): States | null {
  const wanted = Object.entries(states ?? {}).filter(([name]) => names.includes(name));
  return wanted.length > 0 ? Object.fromEntries(wanted) : null;
}

/** What a call is about, by the names that `statesOf` gives. */
export function namesIn({ operation, params, body }: Call): string[] {
  if (operation.name === 'settings.update') return [zone];
  if (operation.name === 'hostname.update') return hostnamesIn(body);
  return params.certificate_id === undefined ? [] : [params.certificate_id.toLowerCase()];
}

function stateOf(fields: Record<string, unknown>): State | null {
  const known = members.flatMap(([member, isOne]) => {
    const value = fields[member];
    return value === null || isOne(value) ? [[member, value] as const] : [];
  });
  return known.length > 0 ? Object.fromEntries(known) : null;
}

function nameOf({ hostname, id }: Record<string, unknown>): string {
  const name = typeof hostname === 'string' ? canonicalHostname(hostname) : null;
  if (name !== null) return name;
  return isId(id) ? id.toLowerCase() : zone;
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{32,36}$/i.test(value);
}
