import { Claims } from './claims.js';
import { type ChainedEvent, type Checkpoint, type Head, type Pruned, type Tombstone } from './event.js';
import { type AuditKeys } from './keys.js';
import { chainedIn, hashOf, type StoredRecord, unsignedTombstone } from './record.js';

/** What can be wrong with a record, or with the place where one should be. */
type Fault = 'edited' | 'gap' | 'reordered' | 'duplicate' | 'cut' | 'foreign' | 'unsigned' | 'unreadable';

export interface Finding {
  readonly fault: Fault;
  /** For people: which record, and what is wrong with it. */
  readonly message: string;
}

/** A checkpoint that was saved outside the store, as it stood in the log of the gateway. */
export interface SavedCheckpoint extends Head {
  readonly checkpoint: Checkpoint;
}

interface Seen extends Head {
  readonly position: number;
  /** Of the record before it in its chain; 0 where there is none. */
  readonly positionBefore: number;
}

/** One verification: is shown all records by chain and seq, first to `collect`, then to `check`. */
export class VerifyWalk {
  readonly counts = { records: 0, chains: 0, checkpoints: 0 };
  private readonly claims = new Claims();
  /** Of each chain the last seq that is there. */
  private readonly ends = new Map<string, number>();
  /** Of each chain what is looked at; null for everything. */
  private chosen: Map<string, { first: number; last: number }> | null = null;
  private last: Seen | null = null;
  /** The chain that was counted last. */
  private counted: string | null = null;
  /**
   * What may be the doing of a record that comes after it: of a chain that begins too late, a tombstone that was edited; of
   * one that stands after what names it, that it was moved.
   */
  private doubtful: Finding | null = null;

  constructor(private readonly keys: AuditKeys | null) {}

  /** What was saved outside has to be here. */
  trust(saved: readonly SavedCheckpoint[]): Finding | null {
    for (const { checkpoint, writer, seq, hash } of saved) {
      const name = `the saved checkpoint that is ${nameOf(writer, seq)}`;
      if (!this.isSigned({ heads: checkpoint.heads }, checkpoint.signature))
        return found('unsigned', name, 'it is not signed with the key of this ring');
      this.claims.add([...checkpoint.heads, { writer, seq, hash }], name, Infinity);
    }
    return null;
  }

  chooseNone(): void {
    this.chosen = new Map();
  }

  /**
   * From the first to the last that is chosen of a chain all are looked at, since their times need not ascend; and one
   * more on either side, so that nothing leaves by the edge that was given another time.
   */
  choose({ body }: StoredRecord): void {
    const event = chainedIn(body);
    if (!event) return;
    const { writer, seq } = event;
    const known = this.chosen?.get(writer);
    this.chosen?.set(writer, { first: known?.first ?? seq - 1, last: seq + 1 });
  }

  collect({ body, hash, position }: StoredRecord): void {
    // Most records say nothing of others, and need not be read for it.
    if (!/"stage":"(?:writer|checkpoint|tombstone)"/.test(body)) return;
    const event = chainedIn(body);
    if (!event || !this.isGenuine(event, body, hash)) return;
    const heads = [...headsIn(event.follows), ...headsIn(event.checkpoint?.heads)];
    this.claims.add(heads, nameOf(event.writer, event.seq), position);
    const { tombstone } = event;
    if (tombstone && this.isSigned(unsignedTombstone(tombstone), tombstone.signature))
      this.claims.addPruned(prunedIn(tombstone));
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
    const isGone = this.endOf(writer) === 0;
    return found(
      'cut',
      nameOf(writer, isGone ? seq : this.endOf(writer) + 1),
      isGone
        ? `its chain is gone, and ${by} says that it was there`
        : `the chain ends before it, and ${by} says that it went on to ${seq}`,
    );
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
    if (!keys.chain(event.kid))
      return found(
        'foreign',
        name,
        'its key is not in the ring: it was made elsewhere, or the ring is another',
      );
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
    // What is there of a part need not begin a chain.
    if (mayBegin || !this.isChosen(writer, seq)) return;
    this.doubtful ??=
      seq === 1
        ? found('foreign', nameOf(writer, seq), 'it begins a chain, and is no record that does')
        : found('gap', nameOf(writer, seq - 1), 'it is missing: the chain begins after it');
  }

  /** One of the two has been moved: the earlier one, unless the later one stands before what both follow. */
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

  /** The last seq that is there; of a chain that ends outside of what was chosen, none is missing. */
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

function found(fault: Fault, name: string, what: string): Finding {
  return { fault, message: `${fault.charAt(0).toUpperCase()}${fault.slice(1)}: ${name}: ${what}.` };
}

function nameOf(writer: string, seq: number): string {
  return `record ${seq} of chain ${writer}`;
}

/** Without the keys, anything may stand there. */
function headsIn(value: unknown): Head[] {
  return Array.isArray(value) ? value.filter(isHead) : [];
}

function prunedIn({ pruned }: Tombstone): Pruned[] {
  const given: unknown = pruned;
  return Array.isArray(given)
    ? given.filter((each: Partial<Pruned> | null): each is Pruned => isHead(each?.to))
    : [];
}

function isHead(value: unknown): value is Head {
  const { writer, seq, hash } = (value ?? {}) as Partial<Head>;
  return typeof writer === 'string' && Number.isSafeInteger(seq) && typeof hash === 'string';
}
