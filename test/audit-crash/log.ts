import { join } from 'node:path';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type ChainedEvent, type Head } from '../../src/gateway/audit/record/event.js';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { Recovery } from '../../src/gateway/audit/log/recovery.js';
import { SqliteArchive } from '../../src/gateway/audit/sqlite/archive.js';
import { SqliteStore } from '../../src/gateway/audit/sqlite/store.js';
import { type Verification, verify } from '../../src/gateway/audit/tools/verify.js';
import { type SavedCheckpoint } from '../../src/gateway/audit/tools/verify-walk.js';
import { loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { allOf, eventOf } from '../support/audit/audit-stores.js';
import { type Told } from './changes.js';

/** The changes in the log, each by its operation and zone. */
export interface Found {
  readonly intents: ReadonlyMap<string, ChainedEvent>;
  /** The events that end them. */
  readonly ended: ReadonlyMap<string, ChainedEvent>;
  /** How many ends the recovery made. */
  readonly unknown: number;
  has(head: Head): boolean;
  /** Whether it says what the caller was told. */
  says(told: Told): boolean;
}

/** The log of gateways that are gone, opened by this process as their successor. */
export async function openLog(folder: string) {
  const { ring } = loadKeyRing(join(folder, 'keys.json'), { mayCreate: false });
  const keys = new AuditKeys(ring);
  const path = join(folder, 'audit.db');
  const store = new SqliteStore({ path });
  const archive = new SqliteArchive({ path });
  const writer = new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined });
  await writer.start();
  return {
    /** Ends all that is open, as if their time were over. */
    recover: async (): Promise<Found> => {
      const recovery = new Recovery(store, writer, { givenUpAfterMs: 0 });
      await recovery.run();
      await recovery.close();
      return found(archive);
    },
    verify: (saved: readonly SavedCheckpoint[]): Promise<Verification> => verify(archive, { keys, saved }),
    close: () => writer.close(),
  };
}

async function found(archive: SqliteArchive): Promise<Found> {
  const hashes = new Set<string>();
  const intents = new Map<string, ChainedEvent>();
  const ended = new Map<string, ChainedEvent>();
  let unknown = 0;
  for (const record of await allOf(archive)) {
    const event = eventOf(record);
    const { writer, seq, stage, action, target, op_id, entry } = event;
    hashes.add(`${writer} ${seq} ${record.hash}`);
    const name = `${action} ${target?.zone_id}`;
    if (stage === 'intent') intents.set(name, only(intents, name, event));
    if (stage !== 'outcome' && stage !== 'not_sent') continue;
    ended.set(name, only(ended, name, event));
    if (entry === 'recovery') unknown += 1;
    if (intents.get(name)?.op_id !== op_id) throw new Error(`An end without its intent: ${record.body}`);
    if ((entry === 'recovery') !== (event.result?.status === 'unknown'))
      throw new Error(`Only the recovery knows nothing here: ${record.body}`);
  }
  return {
    intents,
    ended,
    unknown,
    has: ({ writer, seq, hash }) => hashes.has(`${writer} ${seq} ${hash}`),
    says: ({ name, status, requestId }) => {
      const { request_id, result } = ended.get(name) ?? {};
      return request_id === requestId && result?.http_status === status && result.status === 'success';
    },
  };
}

function only(known: Map<string, ChainedEvent>, name: string, event: ChainedEvent): ChainedEvent {
  if (known.has(name)) throw new Error(`Twice: ${event.stage} of ${name}`);
  return event;
}
