import { createHmac, type KeyObject, randomUUIDv7 } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type AuditEvent, type ChainedEvent, type Head, type Stage, type Tombstone } from './event.js';

/** A record as stored. The text holds the whole event, and the hash covers the text. */
export interface AuditRecord {
  /** A `ChainedEvent` as canonical JSON (RFC 8785). */
  readonly body: string;
  /** HMAC-SHA256 of `body`, lower-case hex. `body` holds the hash before it, so the hash covers the whole chain. */
  readonly hash: string;
}

/** A record with its position in the store, from 1, ascending in the order of storing. */
export interface StoredRecord extends AuditRecord {
  readonly position: number;
}

export interface ChainKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** An event that happens now, of an operation of its own. */
export function newEvent(stage: Stage): AuditEvent {
  return { op_id: randomUUIDv7(), stage, ts: new Date().toISOString() };
}

/** The next record of a chain, and the new head. */
export function chained(
  event: AuditEvent,
  head: Head,
  { kid, key }: ChainKey,
): { record: AuditRecord; head: Head } {
  const { writer } = head;
  const seq = head.seq + 1;
  const body = canonical({ ...event, writer, seq, prev: head.hash, kid } satisfies ChainedEvent);
  const hash = hashOf(body, key);
  return { record: { body, hash }, head: { writer, seq, hash } };
}

export function hashOf(body: string, key: KeyObject): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

/** The event in the text of a record; null if it is no event of a chain. */
export function chainedIn(body: string): ChainedEvent | null {
  try {
    const event = JSON.parse(body) as Partial<ChainedEvent> | null;
    const isChained =
      typeof event?.writer === 'string' &&
      Number.isSafeInteger(event.seq) &&
      typeof event.prev === 'string' &&
      typeof event.kid === 'string';
    return isChained ? (event as ChainedEvent) : null;
  } catch {
    return null;
  }
}

/** A record as a line of NDJSON, with its text unchanged. */
export function lineOf({ hash, body }: AuditRecord): string {
  // An edited text may be invalid JSON, or span lines.
  const isLine = chainedIn(body) !== null && !/[\r\n]/.test(body);
  return `{"hash":${JSON.stringify(hash)},"event":${isLine ? body : JSON.stringify(body)}}\n`;
}

/** The part of a tombstone that its signature covers. */
export function unsignedTombstone({ pruned, before }: Omit<Tombstone, 'signature'>): object {
  return { pruned, before };
}

/** RFC 8785: members in order, undefined ones left out. Characters that no store accepts are replaced by U+FFFD. */
export function canonical(value: object): string {
  // JSON escapes those characters. A match may also be literal text, in which `storable` replaces nothing.
  const text = canonicalize(/\\u(?:0000|d[89a-f])/.test(JSON.stringify(value)) ? storable(value) : value);
  if (text === undefined) throw new TypeError('There is no JSON for this.');
  return text;
}

/** Clients and Cloudflare may send NUL or half of a surrogate pair, and such an event must be stored too. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, storable(member)]));
}
