import { type AuditEvent, type Head } from './event.js';
import { canonical } from './record.js';
import { AuditStoreError, type EventName } from './store.js';

/** An event that is to be stored, and who waits for it. */
export interface Waiting {
  readonly event: AuditEvent;
  /** Characters of its text. */
  readonly size: number;
  readonly resolve: (stored: Head | 'duplicate') => void;
  readonly reject: (error: AuditStoreError) => void;
  /** Whether it goes on waiting when the store fails. */
  readonly isKept: boolean;
}

/** What the store may have lost. Where that fails it is not kept: the next chain begins with it again. */
export function storedAgain(event: AuditEvent): Waiting {
  return { event, size: sizeOf(event), resolve: () => undefined, reject: () => undefined, isKept: false };
}

export function nameOf({ op_id, stage }: EventName): string {
  return `${op_id} ${stage}`;
}

const mostPerCommit = 256;
/** Characters. PostgreSQL may take half a second for as many, of the 1.4 s that it has. */
const longestCommit = 256 * 1024;

/**
 * Takes what one commit stores: as much as it has the time for, at least one, and up to where a name comes again. Of two
 * events with one name in a batch the store could take neither.
 */
export function takeBatch(waiting: Waiting[]): Waiting[] {
  const names = new Set<string>();
  let length = 0;
  for (const { event, size } of waiting.slice(0, mostPerCommit)) {
    const name = nameOf(event);
    length += size;
    if (names.has(name) || (names.size > 0 && length > longestCommit)) break;
    names.add(name);
  }
  return waiting.splice(0, names.size);
}

/**
 * How long the text of an event is.
 *
 * @throws AuditStoreError where it has no JSON: it would fail with all that waits beside it, again and again
 */
export function sizeOf(event: AuditEvent): number {
  try {
    return canonical(event).length;
  } catch {
    throw new AuditStoreError('The event cannot be written as JSON.', false);
  }
}

/** What a store did not throw on purpose may quote what was stored: only its code goes on. */
export function storeError(error: unknown): AuditStoreError {
  if (error instanceof AuditStoreError) return error;
  const { code } = (error ?? {}) as { code?: unknown };
  return new AuditStoreError(`The audit store failed (${typeof code === 'string' ? code : 'unknown'}).`);
}
