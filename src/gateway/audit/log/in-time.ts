import { AuditStoreError } from '../record/store.js';

/**
 * Settles as `asked`, or rejects after `withinMs`. The work goes on.
 *
 * @throws AuditStoreError
 */
export async function inTime<T>(withinMs: number, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AuditStoreError(`The audit store did not answer within ${withinMs} ms.`)),
      withinMs,
    );
  });
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
