import { type AuditEvent, type Head } from './event.js';
import { canonical } from './record.js';
import { AuditStoreError, type EventName } from './store.js';

/** An event that is to be stored, and who waits for it. */
export interface Waiting {
  readonly event: AuditEvent;
  readonly resolve: (stored: Head | 'duplicate') => void;
  readonly reject: (error: AuditStoreError) => void;
  /** Whether it goes on waiting when the store fails. */
  readonly isKept: boolean;
}

/** What the store may have lost. Where that fails it is not kept: the next chain begins with it again. */
export function storedAgain(event: AuditEvent): Waiting {
  return { event, resolve: () => undefined, reject: () => undefined, isKept: false };
}

export function nameOf({ op_id, stage }: EventName): string {
  return `${op_id} ${stage}`;
}

/** What has no JSON would fail with all that waits beside it, again and again. */
export function problemIn(event: AuditEvent): string | null {
  try {
    canonical(event);
    return null;
  } catch {
    return 'The event cannot be written as JSON.';
  }
}

/** What a store did not throw on purpose may quote what was stored: only its code goes on. */
export function storeError(error: unknown): AuditStoreError {
  if (error instanceof AuditStoreError) return error;
  const { code } = (error ?? {}) as { code?: unknown };
  return new AuditStoreError(`The audit store failed (${typeof code === 'string' ? code : 'unknown'}).`);
}
