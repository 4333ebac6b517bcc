import { type Head, type ResultStatus, type Stage } from './event.js';
import { type AuditRecord, type StoredRecord } from './record.js';

/** What names an event: no two have both alike. */
export interface EventName {
  readonly op_id: string;
  readonly stage: Stage;
}

/** `duplicates`: nothing was stored, since these are there already. */
export type Appended = 'stored' | { readonly duplicates: readonly EventName[] };

/** What is searched for; what is left out is not asked. Times are RFC 3339 in UTC with milliseconds. */
export interface AuditFilter {
  readonly zoneId: string;
  readonly action?: string;
  /** `actor.fingerprint`. */
  readonly actor?: string;
  readonly status?: ResultStatus;
  /** A certificate id or a hostname, in lower case. */
  readonly target?: string;
  /** From then on. */
  readonly since?: string;
  /** Until just before then. */
  readonly before?: string;
  readonly requestId?: string;
  /** Intents that have neither an outcome nor were taken back. */
  readonly incomplete?: boolean;
}

/** Where a page ended: the next one begins after it. */
export interface PageEnd {
  readonly ts: string;
  readonly position: number;
}

/**
 * Keeps records for good. Both implementations pass the same suite.
 *
 * Every search column is generated from `body`, so there is nothing beside the text that could be made to say something
 * else. Triggers refuse UPDATE and DELETE.
 *
 * @throws AuditStoreError from any method. After a failed `append` the records may be there all the same: who appends
 * begins a new chain.
 */
export interface AuditStore {
  /** Makes what is missing: folder, file, tables. Called again after a failure, until it succeeds. */
  open(): Promise<void>;
  /** All or none, durable when it resolves. One at a time. */
  append(records: readonly AuditRecord[]): Promise<Appended>;
  /** Fails where nothing could be stored, or what is would be lost. */
  probe(): Promise<void>;
  /** Where the chains stand that no later `writer` record follows. */
  heads(): Promise<Head[]>;
  /** Those of `heads` that are not there. */
  missing(heads: readonly Head[]): Promise<Head[]>;
  /** The text of intents from before `before` that have neither an outcome nor were taken back, the oldest first. */
  openIntents(before: string, most: number): Promise<string[]>;
  /** Newest first. */
  search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]>;
  /** One event; null where there is none. */
  find(name: EventName): Promise<StoredRecord | null>;
  /**
   * All records, by writer and seq, some at a time. `from` and `to` bound `ts` as `since` and `before` do. For the tools:
   * it asks nothing of what is indexed, and goes past what an index leaves out.
   */
  all(range?: { from?: string; to?: string }): AsyncIterable<StoredRecord[]>;
  /** What is wrong with the store itself, such as an unreadable page; null for nothing. */
  damage(): Promise<string | null>;
  /**
   * Stores `tombstone` and removes, of each chain in `upTo`, what stands up to that seq. All or nothing. Only for the
   * owner of the tables.
   */
  prune(upTo: readonly Head[], tombstone: AuditRecord): Promise<void>;
  close(): Promise<void>;
}

/** The store cannot be asked, or did not answer in time. Its message holds no value that was stored. */
export class AuditStoreError extends Error {
  override readonly name = 'AuditStoreError';

  constructor(
    message: string,
    /** Whether what was to be stored may come to be stored all the same. */
    readonly mayBeStored = true,
  ) {
    super(message);
  }
}
