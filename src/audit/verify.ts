import { type AuditKeys } from './keys.js';
import { type AuditStore, AuditStoreError } from './store.js';
import { type Finding, type SavedCheckpoint, VerifyWalk } from './verify-walk.js';

export interface Verification {
  readonly records: number;
  readonly chains: number;
  readonly checkpoints: number;
  /** The first that was found; null where everything verifies. */
  readonly finding: Finding | null;
}

export interface VerifyOptions {
  /** Null: only gaps, and what records say of each other. */
  readonly keys: AuditKeys | null;
  /** Of `ts`: from then on, until just before then. What stands elsewhere may be as it likes. */
  readonly from?: string;
  readonly to?: string;
  readonly saved?: readonly SavedCheckpoint[];
}

/** @throws AuditStoreError where the store cannot be asked */
export async function verify(store: AuditStore, options: VerifyOptions): Promise<Verification> {
  const found = await verifyOnce(store, options);
  // What is pruned between the two readings looks like a gap, or like a chain that is gone.
  const { fault } = found.finding ?? {};
  return fault === 'gap' || fault === 'cut' ? verifyOnce(store, options) : found;
}

async function verifyOnce(store: AuditStore, options: VerifyOptions): Promise<Verification> {
  const walk = new VerifyWalk(options.keys);
  const finding = await firstFinding(store, options, walk);
  return { ...walk.counts, finding };
}

/** Reads the log twice: what it says of itself, and then whether that holds for each record. */
async function firstFinding(
  store: AuditStore,
  { from, to, saved = [] }: VerifyOptions,
  walk: VerifyWalk,
): Promise<Finding | null> {
  const unsigned = walk.trust(saved);
  if (unsigned) return unsigned;
  try {
    if (from !== undefined || to !== undefined) {
      const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      walk.chooseNone();
      for await (const batch of store.all(range)) for (const record of batch) walk.choose(record);
    }
    for await (const batch of store.all()) for (const record of batch) walk.collect(record);
    for await (const batch of store.all()) {
      for (const record of batch) {
        const finding = walk.check(record);
        if (finding) return finding;
      }
    }
  } catch (error) {
    const damage = error instanceof AuditStoreError ? await damageOf(store) : null;
    if (!damage) throw error;
    return damage;
  }
  return walk.finish() ?? (await damageOf(store));
}

async function damageOf(store: AuditStore): Promise<Finding | null> {
  const damage = await store.damage();
  return damage === null ? null : { fault: 'unreadable', message: `The store is damaged: ${damage}.` };
}
