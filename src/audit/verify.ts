import { type ChainedEvent, type Checkpoint, type Head } from './event.js';
import { Claims } from './claims.js';
import { type AuditKeys } from './keys.js';
import { hashOf, type StoredRecord } from './record.js';
import { type AuditStore, AuditStoreError } from './store.js';

/** What can be wrong with a record, or with the place where one should be. */
export type Fault =
  'edited' | 'gap' | 'reordered' | 'duplicate' | 'cut' | 'foreign' | 'unsigned' | 'unreadable';

export interface Finding {
  readonly fault: Fault;
  /** For people: which record, and what is wrong with it. */
  readonly message: string;
}

export interface Verification {
  readonly records: number;
  readonly chains: number;
  readonly checkpoints: number;
  /** The first that was found; null where everything verifies. */
  readonly finding: Finding | null;
}

/** A checkpoint that was saved outside the store, as it stood in the log of the gateway. */
export interface SavedCheckpoint extends Head {
  readonly checkpoint: Checkpoint;
}

export interface VerifyOptions {
  /** Null: only gaps, and what records say of each other. */
  readonly keys: AuditKeys | null;
  /** Of `ts`: from then on, until just before then. */
  readonly from?: string;
  readonly to?: string;
  readonly saved?: readonly SavedCheckpoint[];
}

/** Reads the log twice: what it says of itself, and then whether that holds for each record. */
export async function verify(store: AuditStore, options: VerifyOptions): Promise<Verification> {
  const walk = new Walk(options);
  const range = {
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  };
  let finding: Finding | null;
  try {
    finding = walk.trust(options.saved ?? []);
    for await (const batch of store.all(range)) for (const record of batch) walk.collect(record);
    for await (const batch of store.all(range)) {
      for (const record of batch) finding ??= walk.check(record);
      if (finding) break;
    }
    finding ??= walk.finish();
  } catch (error) {
    if (!(error instanceof AuditStoreError)) throw error;
    finding = { fault: 'unreadable', message: (await store.damage().catch(() => null)) ?? error.message };
  }
  if (!finding) {
    const damage = await store.damage();
    if (damage !== null) finding = { fault: 'unreadable', message: damage };
  }
  return { ...walk.counts, finding };
}

class Walk {
  readonly counts = { records: 0, chains: 0, checkpoints: 0 };
  private readonly claims = new Claims();
  private readonly ends = new Map<string, { first: number; last: number }>();
  private last: (Head & { readonly position: number }) | null = null;

  constructor(private readonly options: VerifyOptions) {}

  /** What was saved outside has to be here. */
  trust(saved: readonly SavedCheckpoint[]): Finding | null {
    for (const { checkpoint, writer, seq, hash } of saved) {
      const name = `the saved checkpoint ${nameOf(writer, seq)}`;
      if (!this.isSigned({ heads: checkpoint.heads }, checkpoint.signature))
        return { fault: 'unsigned', message: `${capital(name)} is not signed with the key of this ring.` };
      this.claims.add(name, [...checkpoint.heads, { writer, seq, hash }]);
    }
    return null;
  }

  collect({ body }: StoredRecord): void {
    // Most records say nothing of others, and need not be read for it.
    if (!/"stage":"(?:writer|checkpoint|tombstone)"/.test(body)) return;
    const event = eventIn(body);
    if (!event) return;
    const by = nameOf(event.writer, event.seq);
    if (event.follows) this.claims.add(by, event.follows);
    if (event.checkpoint) this.claims.add(by, event.checkpoint.heads);
    const { tombstone } = event;
    if (tombstone && this.isSigned(unsignedTombstone(tombstone), tombstone.signature))
      this.claims.addPruned(tombstone.pruned);
  }

  check(record: StoredRecord): Finding | null {
    this.counts.records += 1;
    const event = eventIn(record.body);
    if (!event)
      return found('edited', `the record at position ${record.position}`, 'its text is no event of a chain');
    const name = nameOf(event.writer, event.seq);
    const finding = this.checkText(name, event, record) ?? this.checkPlace(name, event, record);
    const { writer, seq } = event;
    this.last = { writer, seq, hash: record.hash, position: record.position };
    const known = this.ends.get(writer);
    this.ends.set(writer, { first: known?.first ?? seq, last: seq });
    if (event.checkpoint) this.counts.checkpoints += 1;
    return finding;
  }

  finish(): Finding | null {
    const missing = this.claims.missing(({ writer, seq }) => this.isInRange(writer, seq));
    return missing
      ? found(
          'cut',
          nameOf(missing.writer, missing.seq),
          `it is gone, and ${missing.by} says that it was there`,
        )
      : null;
  }

  private checkText(name: string, event: ChainedEvent, { body, hash }: StoredRecord): Finding | null {
    const { keys } = this.options;
    if (!keys) return null;
    const key = keys.chain(event.kid);
    if (!key)
      return found(
        'foreign',
        name,
        'its key is not in the ring: it was made elsewhere, or the ring is another',
      );
    if (hashOf(body, key) !== hash)
      return found('edited', name, 'its text and its hash do not belong together');
    const { checkpoint, tombstone } = event;
    const isUnsigned =
      (checkpoint && !this.isSigned({ heads: checkpoint.heads }, checkpoint.signature)) ||
      (tombstone && !this.isSigned(unsignedTombstone(tombstone), tombstone.signature));
    return isUnsigned ? found('unsigned', name, 'its signature is not of the key of this ring') : null;
  }

  private checkPlace(name: string, event: ChainedEvent, record: StoredRecord): Finding | null {
    const { writer, seq, prev } = event;
    const last = this.last?.writer === writer ? this.last : null;
    if (!last) {
      this.counts.chains += 1;
      const isBegin = seq === 1 && prev === '' && event.stage === 'writer';
      const mayBegin =
        isBegin ||
        this.claims.endsPruned({ writer, seq: seq - 1, hash: prev }) ||
        this.options.from !== undefined;
      if (!mayBegin) return found('gap', nameOf(writer, seq - 1), 'the chain begins after it');
    } else if (seq === last.seq) return found('duplicate', name, 'it is there twice');
    else if (seq !== last.seq + 1) return found('gap', nameOf(writer, last.seq + 1), 'it is missing');
    else if (prev !== last.hash) return found('foreign', name, 'it does not follow the record before it');
    else if (record.position <= last.position)
      return found('reordered', name, 'it stands before the record that it follows');
    const claim = this.claims.contradicted({ writer, seq, hash: record.hash });
    return claim ? found('edited', name, `${claim.by} names another hash for it`) : null;
  }

  /** Of a part of the log nobody can say what stood outside it. */
  private isInRange(writer: string, seq: number): boolean {
    const { from, to } = this.options;
    if (from === undefined && to === undefined) return true;
    const seen = this.ends.get(writer);
    return seen !== undefined && seq >= seen.first && (to === undefined || seq <= seen.last);
  }

  private isSigned(value: object, signature: string): boolean {
    return this.options.keys?.isSigned(value, signature) ?? true;
  }
}

/** What of a tombstone its signature is of. */
export function unsignedTombstone({ pruned, before }: { pruned: unknown; before: string }): object {
  return { pruned, before };
}

function found(fault: Fault, name: string, what: string): Finding {
  return { fault, message: `${capital(fault)}: ${name}: ${what}.` };
}

function nameOf(writer: string, seq: number): string {
  return `record ${seq} of chain ${writer}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function eventIn(body: string): ChainedEvent | null {
  try {
    const event = JSON.parse(body) as Partial<ChainedEvent> | null;
    const isEvent =
      typeof event?.writer === 'string' &&
      Number.isSafeInteger(event.seq) &&
      typeof event.prev === 'string' &&
      typeof event.kid === 'string';
    return isEvent ? (event as ChainedEvent) : null;
  } catch {
    return null;
  }
}
