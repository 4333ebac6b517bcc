import { type Head, type ResultStatus, type Stage } from './event.js';
import { type AuditRecord, type StoredRecord } from './record.js';

/** Unique to an event. */
export interface EventName {
  readonly op_id: string;
  readonly stage: Stage;
}

/** `duplicates`: nothing was stored, because these events are stored already. */
export type Appended = 'stored' | { readonly duplicates: readonly EventName[] };

/** Conditions of a search, all of which an event meets. Times are RFC 3339 in UTC with milliseconds. */
export interface AuditFilter {
  readonly zoneId: string;
  readonly action?: string;
  /** `actor.fingerprint`. */
  readonly actor?: string;
  readonly status?: ResultStatus;
  /** A certificate id or a hostname, in lower case. */
  readonly target?: string;
  /** Inclusive. */
  readonly since?: string;
  /** Exclusive. */
  readonly before?: string;
  readonly requestId?: string;
  /** Intents that have neither an outcome nor were taken back. */
  readonly incomplete?: boolean;
}

/** The last event of a page: the next page begins after it. */
export interface PageEnd {
  readonly ts: string;
  readonly position: number;
}

/** Bounds `ts` as `since` and `before` do. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

/** Injects the `AuditStore`. */
export const AUDIT_STORE = Symbol('audit store');

/**
 * What a gateway does with the log. Both implementations pass the same suite.
 *
 * Every search column is generated from `body`, so no column can be made to say something else than the text. Triggers
 * refuse UPDATE and DELETE.
 *
 * @throws AuditStoreError from any method. After a failed `append` the records may be stored nevertheless: the caller
 * begins a new chain.
 */
export interface AuditStore {
  /** Makes what is missing: folder, file, tables. Called again after a failure, until it succeeds. */
  open(): Promise<void>;
  /** Stores all records or none, durably. One call at a time. */
  append(records: readonly AuditRecord[]): Promise<Appended>;
  /** Fails where records cannot be stored, or stored records would be lost. */
  probe(): Promise<void>;
  /** The last record of each chain that no later `writer` record follows. */
  heads(): Promise<Head[]>;
  /** Those of `heads` that are not stored. */
  missing(heads: readonly Head[]): Promise<Head[]>;
  /** The text of intents from before `before` that have neither an outcome nor were taken back, the oldest first. */
  openIntents(before: string, most: number): Promise<string[]>;
  /** Newest first. */
  search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]>;
  /** Null where there is no such event. */
  find(name: EventName): Promise<StoredRecord | null>;
  close(): Promise<void>;
}

/**
 * What the command line does with the log as a whole. No gateway holds one: the code that removes records is not loaded
 * there. Each call opens a connection of its own.
 *
 * @throws AuditStoreError from any method
 */
export interface AuditArchive {
  /** All records by writer and seq, in batches. Reads the table without indexes, which may lack records. */
  all(range?: Range): AsyncIterable<StoredRecord[]> | Iterable<StoredRecord[]>;
  /** What is wrong with the store itself, such as an unreadable page or a missing trigger; null for nothing. */
  damage(): Promise<string | null>;
  /** As of the `AuditStore`. */
  heads(): Promise<Head[]>;
  /**
   * Removes the records of each chain in `upTo` up to that seq, and stores `records`. All or nothing. Needs the owner of
   * the tables.
   */
  prune(upTo: readonly Head[], records: readonly AuditRecord[]): Promise<void>;
}

/** The store failed or did not answer in time. The message holds no stored value. */
export class AuditStoreError extends Error {
  override readonly name = 'AuditStoreError';

  constructor(
    message: string,
    /** Whether the records may be stored nevertheless, now or later. */
    readonly mayBeStored = true,
  ) {
    super(message);
  }
}
