import { type Head, type ResultStatus, type Stage } from './event.js';
import { type AuditRecord, type StoredRecord } from './record.js';

/** Unique to an event. */
export interface EventName {
  readonly op_id: string;
  readonly stage: Stage;
}

/** With `duplicates`, which are stored already, nothing was stored. */
export type Appended = 'stored' | { readonly duplicates: readonly EventName[] };

/** Conditions of a search, all of which an event meets. Times are RFC 3339 in UTC with milliseconds. */
export interface AuditFilter {
  /** Null: the events of all zones and of none, in the order in which they were stored; but not those that keep the log itself. */
  readonly zoneId: string | null;
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
  /** Only intents without `outcome` and `not_sent`. */
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
 * The log as the gateway uses it. Both implementations pass the same suite. The search columns are generated from `body`,
 * so that none can differ from it. Triggers refuse UPDATE and DELETE.
 *
 * @throws AuditStoreError from any method. After a failed `append` the records may be stored nevertheless.
 */
export interface AuditStore {
  /** Creates the folder, file and tables that are missing. Called again after a failure, until it succeeds. */
  open(): Promise<void>;
  /** Stores all records or none, durably. One call at a time. */
  append(records: readonly AuditRecord[]): Promise<Appended>;
  /** Fails if records cannot be stored, or stored records would be lost. */
  probe(): Promise<void>;
  /** The last record of each chain that no later `writer` record follows. */
  heads(): Promise<Head[]>;
  /** Those of `heads` that are not stored. */
  missing(heads: readonly Head[]): Promise<Head[]>;
  /** The bodies of incomplete intents from before `before`, the oldest first. */
  openIntents(before: string, most: number): Promise<string[]>;
  /** Newest first. */
  search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]>;
  find(name: EventName): Promise<StoredRecord | null>;
  close(): Promise<void>;
}

/**
 * The log as the command line uses it. The gateway does not load this code, which can remove records. Each call opens a
 * connection of its own, and fails with an AuditStoreError.
 */
export interface AuditArchive {
  /** All records by writer and seq, in batches. Reads the table without indexes, which may lack records. */
  all(range?: Range): AsyncIterable<StoredRecord[]> | Iterable<StoredRecord[]>;
  /** A damage of the store itself, such as an unreadable page or a missing trigger. */
  damage(): Promise<string | null>;
  heads(): Promise<Head[]>;
  /** Writes the log as it is at one moment into an empty file, while others write to it. Null: the store has its own tool for that. */
  readonly copyInto: ((path: string) => Promise<void>) | null;
  /** Removes the records of each chain up to the head in `upTo`, and stores `records`. Needs the owner of the tables. */
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
