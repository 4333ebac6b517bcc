import { Claims, savedPosition } from './claims.js';
import { type ChainedEvent, type Checkpoint, type Head, type Pruned } from '../record/event.js';
import { type AuditKeys } from '../record/keys.js';
import { chainedIn, hashOf, type StoredRecord, unsignedTombstone } from '../record/record.js';

type Fault = 'edited' | 'gap' | 'reordered' | 'duplicate' | 'cut' | 'foreign' | 'unsigned' | 'unreadable';

export interface Finding {
  readonly fault: Fault;
  readonly message: string;
}

/** A checkpoint from the log output of a gateway. */
export interface SavedCheckpoint extends Head {
  readonly checkpoint: Checkpoint;
}

interface Seen extends Head {
  readonly position: number;
  /** Position of the record before it in its chain; 0 for the first. */
  readonly positionBefore: number;
}

/** One verification. Takes all records by chain and seq twice: first `collect`, then `check`. */
export class VerifyWalk {
  readonly counts = { records: 0, chains: 0, checkpoints: 0 };
  private readonly claims = new Claims();
  /** The last stored seq of each chain. */
  private readonly ends = new Map<string, number>();
  /** The range of each chain that is verified; null for everything. */
  private chosen: Map<string, { first: number; last: number }> | null = null;
  private last: Seen | null = null;
  /** The chain that was counted last. */
  private counted: string | null = null;
  /**
   * Reported only if nothing later explains it: a chain that starts late may be due to an edited tombstone, a record after
   * the checkpoint that names it to a moved checkpoint.
   */
  private doubtful: Finding | null = null;

  constructor(private readonly keys: AuditKeys | null) {}

  /** Claims that the records of saved checkpoints are stored. */
  trust(saved: readonly SavedCheckpoint[]): Finding | null {
    for (const { checkpoint, writer, seq, hash } of saved) {
      const name = `the saved checkpoint that is ${nameOf(writer, seq)}`;
      if (!this.isSigned({ heads: checkpoint.heads }, checkpoint.signature))
        return found('unsigned', name, 'it is not signed with the key of this ring');
      this.claims.add([...checkpoint.heads, { writer, seq, hash }], name, savedPosition);
    }
    return null;
  }

  chooseNone(): void {
    this.chosen = new Map();
  }

  /**
   * Chooses all records of a chain from the first to the last in the range, because times need not ascend, and one more at
   * each end, so that an edited time cannot move a record out of the range.
   */
  choose({ body }: StoredRecord): void {
    const event = chainedIn(body);
    if (!event) return;
    const { writer, seq } = event;
    const known = this.chosen?.get(writer);
    this.chosen?.set(writer, { first: known?.first ?? seq - 1, last: seq + 1 });
  }

  collect({ body, hash, position }: StoredRecord): void {
    // Only these stages make claims about other records.
    if (!/"stage":"(?:writer|checkpoint|tombstone)"/.test(body)) return;
    const event = chainedIn(body);
    if (!event || !this.isGenuine(event, body, hash)) return;
    const heads = [...headsIn(event.follows), ...headsIn(event.checkpoint?.heads)];
    this.claims.add(heads, nameOf(event.writer, event.seq), position);
    const { tombstone } = event;
    if (tombstone && this.isSigned(unsignedTombstone(tombstone), tombstone.signature))
      this.claims.addPruned(prunedIn(tombstone.pruned));
  }

  check(record: StoredRecord): Finding | null {
    const event = chainedIn(record.body);
    if (!event)
      return found('edited', `the record at position ${record.position}`, 'its text is no event of a chain');
    const { writer, seq } = event;
    const name = nameOf(writer, seq);
    const isChosen = this.isChosen(writer, seq);
    if (isChosen) this.count(event);
    const finding = this.checkText(name, event, record) ?? this.checkPlace(name, event, record);
    const before = this.last?.writer === writer ? this.last.position : 0;
    this.last = { writer, seq, hash: record.hash, position: record.position, positionBefore: before };
    this.ends.set(writer, seq);
    return isChosen ? finding : null;
  }

  finish(): Finding | null {
    const claim = this.claims.beyond((writer) => this.endOf(writer));
    if (!claim) return this.doubtful;
    const { writer, seq, by } = claim;
    const end = this.endOf(writer);
    const what =
      end === 0
        ? `its chain is gone, and ${by} says that it was there`
        : `the chain ends before it, and ${by} says that it went on to ${seq}`;
    return found('cut', nameOf(writer, end === 0 ? seq : end + 1), `${what}${claim.isSaved ? setBack : ''}`);
  }

  private count({ writer, checkpoint }: ChainedEvent): void {
    this.counts.records += 1;
    if (this.counted !== writer) this.counts.chains += 1;
    this.counted = writer;
    if (checkpoint) this.counts.checkpoints += 1;
  }

  private checkText(name: string, event: ChainedEvent, { body, hash }: StoredRecord): Finding | null {
    const { keys } = this;
    if (!keys) return null;
    if (!keys.chain(event.kid)) {
      const why = 'its key is not in the ring: it was made elsewhere, or the ring is another';
      return found('foreign', name, why);
    }
    if (!this.isGenuine(event, body, hash))
      return found('edited', name, 'its text and its hash do not belong together');
    const { checkpoint, tombstone } = event;
    const isUnsigned =
      (checkpoint && !this.isSigned({ heads: checkpoint.heads }, checkpoint.signature)) ||
      (tombstone && !this.isSigned(unsignedTombstone(tombstone), tombstone.signature));
    return isUnsigned ? found('unsigned', name, 'its signature is not of the key of this ring') : null;
  }

  private checkPlace(name: string, event: ChainedEvent, record: StoredRecord): Finding | null {
    const { writer, seq, prev } = event;
    const { hash, position } = record;
    const last = this.last?.writer === writer ? this.last : null;
    if (seq <= (this.claims.prunedTo(writer)?.seq ?? 0))
      return found('duplicate', name, 'it was pruned, and is there again');
    if (!last) this.checkBegin(event);
    else if (seq === last.seq) return found('duplicate', name, 'it is there twice');
    else if (seq !== last.seq + 1) return found('gap', nameOf(writer, last.seq + 1), 'it is missing');
    else if (prev !== last.hash) return found('foreign', name, 'it does not follow the record before it');
    else if (position <= last.position) return this.reordered(event, record, last);
    const claim = this.claims.of(writer, seq);
    if (claim && claim.hash !== hash) return found('edited', name, `${claim.by} names another hash for it`);
    if (claim && claim.position < position && this.isChosen(writer, seq))
      this.doubtful ??= found('reordered', name, `it stands after ${claim.by}, which names it`);
    return null;
  }

  private checkBegin({ writer, seq, prev, stage }: ChainedEvent): void {
    const pruned = this.claims.prunedTo(writer);
    const mayBegin = pruned
      ? pruned.seq === seq - 1 && pruned.hash === prev
      : seq === 1 && prev === '' && stage === 'writer';
    // A range need not include the beginning of a chain.
    if (mayBegin || !this.isChosen(writer, seq)) return;
    this.doubtful ??=
      seq === 1
        ? found('foreign', nameOf(writer, seq), 'it begins a chain, and is no record that does')
        : found('gap', nameOf(writer, seq - 1), 'it is missing: the chain begins after it');
  }

  /** One of the two was moved: the earlier one, unless the later one has a lower position than the record before both. */
  private reordered({ writer, seq }: ChainedEvent, { position }: StoredRecord, last: Seen): Finding {
    return position > last.positionBefore
      ? found('reordered', nameOf(writer, last.seq), `it stands after record ${seq}, which follows it`)
      : found('reordered', nameOf(writer, seq), `it stands before record ${last.seq}, which it follows`);
  }

  private isChosen(writer: string, seq: number): boolean {
    if (!this.chosen) return true;
    const range = this.chosen.get(writer);
    return range !== undefined && seq >= range.first && seq <= range.last;
  }

  /** The last stored seq; Infinity for a chain that ends outside the range. */
  private endOf(writer: string): number {
    const end = this.ends.get(writer) ?? 0;
    return end > 0 && !this.isChosen(writer, end) ? Infinity : end;
  }

  private isGenuine({ kid }: ChainedEvent, body: string, hash: string): boolean {
    if (!this.keys) return true;
    const key = this.keys.chain(kid);
    return key !== undefined && hashOf(body, key) === hash;
  }

  private isSigned(value: object, signature: string): boolean {
    return this.keys?.isSigned(value, signature) ?? true;
  }
}

/** What a person who does not find an attack may find. */
const setBack = '. Records are missing: they were removed, or the log was restored from an older copy';

function found(fault: Fault, name: string, what: string): Finding {
  return { fault, message: `${fault.charAt(0).toUpperCase()}${fault.slice(1)}: ${name}: ${what}.` };
}

function nameOf(writer: string, seq: number): string {
  return `record ${seq} of chain ${writer}`;
}

/** Without keys the value is not authenticated, so its type is not known. */
function headsIn(value: unknown): Head[] {
  return Array.isArray(value) ? value.filter(isHead) : [];
}

function prunedIn(value: unknown): Pruned[] {
  const isPruned = (each: Partial<Pruned> | null): each is Pruned => isHead(each?.to);
  return Array.isArray(value) ? value.filter(isPruned) : [];
}

function isHead(value: unknown): value is Head {
  const { writer, seq, hash } = (value ?? {}) as Partial<Head>;
  return typeof writer === 'string' && Number.isSafeInteger(seq) && typeof hash === 'string';
}
