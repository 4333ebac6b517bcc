import { type AuditKeys } from '../record/keys.js';
import { type AuditArchive, AuditStoreError, type Range } from '../record/store.js';
import { type Finding, type SavedCheckpoint, VerifyWalk } from './verify-walk.js';

/** The counts, and the first finding; null if the log verifies. */
export type Verification = VerifyWalk['counts'] & { readonly finding: Finding | null };

export interface VerifyOptions extends Range {
  /** Null: verifies only gaps, and the claims of records about each other. */
  readonly keys: AuditKeys | null;
  readonly saved?: readonly SavedCheckpoint[];
}

/** @throws AuditStoreError if the store cannot be read */
export async function verify(archive: AuditArchive, options: VerifyOptions): Promise<Verification> {
  const found = await verifyOnce(archive, options);
  // Records that are pruned between the two readings look like a gap, or like a missing chain.
  const { fault } = found.finding ?? {};
  return fault === 'gap' || fault === 'cut' ? verifyOnce(archive, options) : found;
}

async function verifyOnce(archive: AuditArchive, options: VerifyOptions): Promise<Verification> {
  const walk = new VerifyWalk(options.keys);
  const finding = await firstFinding(archive, options, walk);
  return { ...walk.counts, finding };
}

/** Reads the log twice: first its claims, then each record against them. */
async function firstFinding(
  archive: AuditArchive,
  { saved = [], ...range }: VerifyOptions,
  walk: VerifyWalk,
): Promise<Finding | null> {
  const unsigned = walk.trust(saved);
  if (unsigned) return unsigned;
  try {
    if (range.from !== undefined || range.to !== undefined) {
      walk.chooseNone();
      for await (const batch of archive.all(range)) for (const record of batch) walk.choose(record);
    }
    for await (const batch of archive.all()) for (const record of batch) walk.collect(record);
    for await (const batch of archive.all()) {
      for (const record of batch) {
        const finding = walk.check(record);
        if (finding) return finding;
      }
    }
  } catch (error) {
    const damage = error instanceof AuditStoreError ? await damageOf(archive) : null;
    if (!damage) throw error;
    return damage;
  }
  return walk.finish() ?? (await damageOf(archive));
}

async function damageOf(archive: AuditArchive): Promise<Finding | null> {
  const damage = await archive.damage();
  return damage === null ? null : { fault: 'unreadable', message: `The store is damaged: ${damage}.` };
}
