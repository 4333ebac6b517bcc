import { createSecretKey, randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AuditEvent, type ChainedEvent, type Head } from '../../../src/gateway/audit/record/event.js';
import { AuditKeys } from '../../../src/gateway/audit/record/keys.js';
import {
  type AuditRecord,
  chained,
  hashOf,
  type StoredRecord,
} from '../../../src/gateway/audit/record/record.js';
import { SqliteArchive } from '../../../src/gateway/audit/sqlite/archive.js';
import { SqliteStore } from '../../../src/gateway/audit/sqlite/store.js';
import { type AuditArchive, type AuditStore, type Range } from '../../../src/gateway/audit/record/store.js';
import { loadKeyRing } from '../../../src/platform/keys/key-ring.js';
import { postgresBench } from '../postgres/postgres-bench.js';

/** What makes empty logs. */
export interface AuditBench {
  place(): Promise<AuditPlace>;
  close(): Promise<void>;
}

/** One log, and what can be done to it from outside. */
export interface AuditPlace {
  /** Opened on this log, as another process would; closed with the place. */
  store(): Promise<AuditStore>;
  archive(): AuditArchive;
  /** Both for one who may add and read but does not own the tables; null where there is no such thing. */
  guest(): Promise<{ store: AuditStore; archive: AuditArchive }> | null;
  /** What whoever has the database could try. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** Nothing can be written until the function is called that it resolves to. */
  away(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export const auditBenches: [name: string, start: () => Promise<AuditBench>][] = [
  ['in SQLite', sqliteBench],
  ['in PostgreSQL', postgresBench],
];

function sqliteBench(): Promise<AuditBench> {
  return Promise.resolve({ place: () => Promise.resolve(sqlitePlace()), close: () => Promise.resolve() });
}

export function sqlitePlace(): AuditPlace & { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const path = join(folder, 'data', 'audit.db');
  const stores: AuditStore[] = [];
  return {
    folder,
    path,
    store: async () => {
      const store = new SqliteStore({ path, busyMs: 300 });
      stores.push(store);
      await store.open();
      return store;
    },
    archive: () => new SqliteArchive({ path, busyMs: 300 }),
    guest: () => null,
    sql: (text) => Promise.resolve().then(() => withDatabase(path, (db) => db.prepare(text).all())),
    away: () => Promise.resolve(locked(path)),
    remove: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function withDatabase<T>(path: string, act: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { timeout: 1000 });
  try {
    return act(db);
  } finally {
    db.close();
  }
}

function locked(path: string): () => Promise<void> {
  const db = new DatabaseSync(path, { timeout: 1000 });
  db.exec('BEGIN IMMEDIATE');
  return () => Promise.resolve(db.close());
}

/** The keys of an installation of their own. */
export function someAuditKeys(): AuditKeys {
  const folder = mkdtempSync(join(tmpdir(), 'audit-keys-'));
  const { ring } = loadKeyRing(join(folder, 'keys.json'), { mayCreate: true });
  rmSync(folder, { recursive: true });
  return new AuditKeys(ring);
}

const start = Date.parse('2026-01-01T00:00:00.000Z');

/** A time some seconds after the first. */
export function second(seconds: number): string {
  return new Date(start + seconds * 1000).toISOString();
}

export function anEvent(given: Partial<AuditEvent> = {}): AuditEvent {
  return {
    op_id: randomUUIDv7(),
    stage: 'intent',
    ts: second(0),
    action: 'zone_certificate.upload',
    target: { zone_id: 'zone' },
    ...given,
  };
}

/** The chain of a writer that is not there: for what a store has to take. */
export class AChain {
  head: Head = { writer: randomUUIDv7(), seq: 0, hash: '' };
  private readonly key = { kid: 'one', key: createSecretKey(Buffer.from('a test')) };

  add(given: Partial<AuditEvent> = {}): AuditRecord {
    const { record, head } = chained(anEvent(given), this.head, this.key);
    this.head = head;
    return record;
  }

  several(...given: Partial<AuditEvent>[]): AuditRecord[] {
    return given.map((event) => this.add(event));
  }
}

export function eventOf({ body }: AuditRecord): ChainedEvent {
  return JSON.parse(body) as ChainedEvent;
}

export async function allOf(archive: AuditArchive, range?: Range): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const some of archive.all(range)) records.push(...some);
  return records;
}

/** Throws unless each chain is gapless from 1, and every hash right and that of the record before named. By writer, its last. */
export async function verifiedChains(archive: AuditArchive, keys: AuditKeys): Promise<Map<string, Head>> {
  const chains = new Map<string, Head>();
  for (const record of await allOf(archive)) {
    const { writer, seq, prev, kid } = eventOf(record);
    const before = chains.get(writer) ?? { writer, seq: 0, hash: '' };
    const key = keys.chain(kid);
    if (seq !== before.seq + 1) throw new Error(`After ${before.seq} comes ${seq}.`);
    if (prev !== before.hash) throw new Error(`${seq} does not name the hash before it.`);
    if (!key || record.hash !== hashOf(record.body, key)) throw new Error(`The hash of ${seq} is wrong.`);
    chains.set(writer, { writer, seq, hash: record.hash });
  }
  return chains;
}
