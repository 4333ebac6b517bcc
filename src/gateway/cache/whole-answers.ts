import { type CacheOutcome, type Kept } from '../../domain/cloudflare/answer.js';
import { type Call, type OperationName } from '../../domain/cloudflare/operations.js';
import { type GraphQLOperation } from '../request/request-context.js';
import { bytesOf, inOwnMemory, type KeptMemory, type Sized } from './store/kept-memory.js';
import { type Standing } from './store/store.js';
import { type ZoneCache } from './zone-cache.js';

/** A read that a whole answer was made of. */
export interface Part {
  readonly call: Call;
  readonly kept: Kept;
  /** A hit, as of when the whole answer was made. */
  readonly cache: CacheOutcome;
}

/** What was asked, by whom. */
export interface WholeKey {
  /** Whose share of the memory the answer takes. */
  readonly partition: string;
  /** Short, and the same for equal questions. Others may share it: they push out each other's answers. */
  readonly name: string;
  readonly asked: Buffer;
}

/** What a whole answer consists of besides its parts. */
export interface Composed {
  readonly body: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly graphql: GraphQLOperation | null;
}

const bytesPerPart = 512;
/** One partition may take an eighth of the memory for its whole answers, so that it cannot push out those of the others. */
const shares = 8;

/** An answer that was composed of several kept answers. It is valid as long as each of them is. */
export class WholeAnswer implements Sized {
  readonly asked: Buffer;
  readonly composed: Composed;
  readonly bytes: number;
  /** Of the part that expires first. */
  readonly freshUntil: number;
  /** One for each zone. */
  readonly standings: readonly Standing[];
  /** How many parts are of each operation. */
  readonly operations: ReadonlyMap<OperationName, number>;
  readonly removed: () => void;

  constructor(
    composed: Composed,
    readonly parts: readonly Part[],
    { name, asked }: WholeKey,
    onRemoved: (whole: WholeAnswer) => void,
  ) {
    this.asked = inOwnMemory(asked);
    this.composed = { ...composed, body: inOwnMemory(composed.body) };
    const kept = parts.map((part) => part.kept);
    this.bytes = bytesOf(composed.body.length) + 2 * name.length + asked.length + bytesPerPart * parts.length;
    this.freshUntil = Math.min(...kept.map(({ freshUntil }) => freshUntil));
    this.standings = [...new Map(kept.map((each) => [`${each.zone} ${each.generation}`, each])).values()];
    const named = Map.groupBy(parts, ({ call }) => call.operation.name);
    this.operations = new Map([...named].map(([name, ofOperation]) => [name, ofOperation.length]));
    this.removed = () => onRemoved(this);
  }
}

/** The whole answers of one partition of the cache, the oldest first. */
class Partition {
  readonly keys = new Map<WholeAnswer, string>();
  bytes = 0;
}

/** Keeps whole answers, in the same memory as the answers that they are made of. */
export class WholeAnswers {
  private readonly partitions = new Map<string, Partition>();

  constructor(
    private readonly memory: KeptMemory,
    private readonly cache: ZoneCache,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The whole answer, if no part of it has expired. It may be given only if it `stands` too. */
  find({ name, asked }: WholeKey): WholeAnswer | null {
    const found = this.memory.get(name);
    if (!(found instanceof WholeAnswer) || !found.asked.equals(asked)) return null;
    if (found.freshUntil > this.now()) return found;
    this.memory.delete(name);
    return null;
  }

  /** Whether every part is known to be valid at this moment. */
  stands({ standings }: WholeAnswer): boolean {
    return this.cache.stand(standings);
  }

  /** Finds out what `stands` needs to know. */
  confirm({ standings }: WholeAnswer): Promise<void> {
    return this.cache.confirm(standings);
  }

  keep(key: WholeKey, composed: Composed, parts: readonly Part[]): void {
    const { partition, name } = key;
    const holder = this.partitions.get(partition) ?? new Partition();
    const whole = new WholeAnswer(composed, parts, key, (removed) => {
      if (!holder.keys.delete(removed)) return;
      holder.bytes -= removed.bytes;
      if (holder.keys.size === 0) this.partitions.delete(partition);
    });
    const share = this.memory.maxSize / shares;
    if (whole.bytes > share) return;
    this.memory.delete(name);
    for (const oldest of holder.keys.values()) {
      if (holder.bytes + whole.bytes <= share) break;
      this.memory.delete(oldest);
    }
    this.partitions.set(partition, holder);
    holder.keys.set(whole, name);
    holder.bytes += whole.bytes;
    this.memory.set(name, whole);
  }
}
