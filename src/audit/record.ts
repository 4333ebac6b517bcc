import { createHmac, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type AuditEvent, type ChainedEvent, type Head, type Tombstone } from './event.js';

/** As it is stored: all that is known of an event stands in its text, and the hash is of the text. */
export interface AuditRecord {
  /** A `ChainedEvent` as canonical JSON (RFC 8785). */
  readonly body: string;
  /** HMAC-SHA256 of `body`, lower-case hex. `body` names the hash before it, so the hash is of the whole chain. */
  readonly hash: string;
}

/** A record with its place in the store, from 1, ascending as they were stored. */
export interface StoredRecord extends AuditRecord {
  readonly position: number;
}

export interface ChainKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** The next record of a chain, and where the chain stands after it. */
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

/** What the text of a record says; null where it is none that a chain could hold. */
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

/** What of a tombstone its signature is of. */
export function unsignedTombstone({ pruned, before }: Omit<Tombstone, 'signature'>): object {
  return { pruned, before };
}

/** RFC 8785: members in order, undefined ones left out. What no store takes in a text is replaced by U+FFFD. */
export function canonical(value: object): string {
  // In JSON all of it is escaped; what is searched for may also be part of a text, and then nothing is replaced.
  const text = canonicalize(/\\u(?:0000|d[89a-f])/.test(JSON.stringify(value)) ? storable(value) : value);
  if (text === undefined) throw new TypeError('There is no JSON for this.');
  return text;
}

/** Callers and Cloudflare may send half of a surrogate pair, or NUL: an event is not lost for it. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, storable(member)]));
}
