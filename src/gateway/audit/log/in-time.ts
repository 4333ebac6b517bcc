import { within } from '../../../platform/context/deadline.js';
import { AuditStoreError } from '../record/store.js';

/** Settles as `work` does, or rejects with an AuditStoreError after `ms`. `work` itself continues. */
export function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  return within(work, ms, () => new AuditStoreError(`The audit store did not answer within ${ms} ms.`));
}
