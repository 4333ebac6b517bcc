import { codeOf } from '../../../platform/errors/code-of.js';
import { type AuditEvent, type Head } from '../record/event.js';
import { canonical } from '../record/record.js';
import { AuditStoreError, type EventName } from '../record/store.js';

/** An event to be stored, and the promise of its caller. */
export interface Waiting {
  readonly event: AuditEvent;
  /** Characters of its JSON. */
  readonly size: number;
  readonly resolve: (stored: Head | 'duplicate') => void;
  readonly reject: (error: AuditStoreError) => void;
  /** Whether it stays in the queue when the store fails. */
  readonly isKept: boolean;
}

/** An event that the store may have lost. Not kept if the store fails, because the next chain begins with it again. */
export function storedAgain(event: AuditEvent): Waiting {
  return { event, size: sizeOf(event), resolve: () => undefined, reject: () => undefined, isKept: false };
}

export function nameOf({ op_id, stage }: EventName): string {
  return `${op_id} ${stage}`;
}

const mostPerCommit = 256;
/** Characters. PostgreSQL may need half a second for so many, of its limit of 1.4 s. */
const longestCommit = 256 * 1024;

/** Takes the events of one commit: at least one, and up to the first repeated name, because a commit cannot store it. */
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

/** Rejects those that do not wait until the store is back, and returns the others. */
export function keptOf(waiting: readonly Waiting[], error: AuditStoreError): Waiting[] {
  for (const { isKept, reject } of waiting) if (!isKept) reject(error);
  return waiting.filter(({ isKept }) => isKept);
}

/** @throws AuditStoreError if there is no JSON of the event: it would fail the other events of its commit each time */
export function sizeOf(event: AuditEvent): number {
  try {
    return canonical(event).length;
  } catch {
    throw new AuditStoreError('The event cannot be written as JSON.', false);
  }
}

/** An unexpected error may quote a stored value, so only its code is kept. */
export function storeError(error: unknown): AuditStoreError {
  if (error instanceof AuditStoreError) return error;
  return new AuditStoreError(`The audit store failed (${codeOf(error) ?? 'unknown'}).`);
}
