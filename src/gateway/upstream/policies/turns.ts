import { type Operation } from '../../../domain/cloudflare/operations.js';
import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { overloaded, waitedTooLong } from '../failures/failure.js';
import { type Policy } from './policy.js';

const mostUnderWay = 512;
const mostOfOneCaller = 64;
const mostWaiting = 4096;
const mostWaitingOfOneCaller = 256;

/**
 * Bounds the calls under way, and shares them among the callers: reads and changes apart. Verifications of tokens are apart
 * from both, so that none takes the place of a call that a client waits for.
 */
export function takeTurns(metrics: Metrics): Policy {
  const turns = { read: new Turns('read'), write: new Turns('write'), token: new Turns('read') };
  metrics.watchUpstreamCalls(turns);
  return (outgoing, next) => {
    const { caller, call, withinMs, signal } = outgoing;
    const { kind, isZoneless } = call.operation;
    const send = (leftMs: number) => next({ ...outgoing, withinMs: leftMs });
    return turns[isZoneless ? 'token' : kind].run(caller, withinMs, send, signal);
  };
}

interface Caller {
  underWay: number;
  /** Each begins one call. In the order of arrival. */
  readonly waiting: Set<() => void>;
}

/**
 * Shares the calls to Cloudflare of one kind among the callers. A caller has at most 64 calls under way, and at most a
 * quarter of the places that are free: of ten callers whose calls hang, more than 60 places stay free for others.
 */
export class Turns {
  underWay = 0;
  waiting = 0;
  private readonly callers = new Map<string, Caller>();
  /** The callers with calls that wait. One that has begun a call goes to the end. */
  private readonly queue = new Set<Caller>();

  constructor(private readonly kind: Operation['kind']) {}

  /**
   * Runs a call when it is its turn.
   *
   * @param call takes what is left of `withinMs`
   * @throws GatewayError `overloaded` if too many calls wait, `upstream_timeout` if its turn does not come in time; the
   * reason of the signal
   */
  async run<T>(
    who: string,
    withinMs: number,
    call: (leftMs: number) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const caller = this.callers.get(who) ?? { underWay: 0, waiting: new Set() };
    // False also while earlier calls of this caller wait.
    const isItsTurn = this.mayBegin(caller);
    if (!isItsTurn && this.isFull(caller)) throw overloaded(this.kind);
    this.callers.set(who, caller);
    try {
      if (isItsTurn) this.count(caller);
      const leftMs = isItsTurn ? withinMs : await this.wait(caller, withinMs, signal);
      try {
        return await call(leftMs);
      } finally {
        this.underWay -= 1;
        caller.underWay -= 1;
        this.next();
      }
    } finally {
      if (caller.underWay + caller.waiting.size === 0) this.callers.delete(who);
    }
  }

  private mayBegin({ underWay }: Caller): boolean {
    return underWay < Math.min(mostOfOneCaller, (mostUnderWay - this.underWay) / 4);
  }

  private isFull({ waiting }: Caller): boolean {
    return waiting.size >= mostWaitingOfOneCaller || this.waiting >= mostWaiting;
  }

  private count(caller: Caller): void {
    caller.underWay += 1;
    this.underWay += 1;
  }

  /** Resolves to the time that is left. */
  private wait(caller: Caller, withinMs: number, signal?: AbortSignal): Promise<number> {
    const until = performance.now() + withinMs;
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(late);
        signal?.removeEventListener('abort', abort);
        this.leave(caller, begin);
      };
      const begin = () => {
        stop();
        resolve(Math.max(1, until - performance.now()));
      };
      const giveUp = (reason: Error) => {
        stop();
        reject(reason);
      };
      const abort = () => giveUp(signal?.reason as Error);
      const late = setTimeout(() => giveUp(waitedTooLong(this.kind)), withinMs).unref();
      signal?.addEventListener('abort', abort);
      caller.waiting.add(begin);
      this.queue.add(caller);
      this.waiting += 1;
    });
  }

  private leave(caller: Caller, begin: () => void): void {
    caller.waiting.delete(begin);
    if (caller.waiting.size === 0) this.queue.delete(caller);
    this.waiting -= 1;
  }

  /** Begins all calls that may begin. A caller that may not has calls under way, so at most 512 are passed over. */
  private next(): void {
    for (let caller = this.nextCaller(); caller; caller = this.nextCaller()) {
      const [begin] = caller.waiting;
      if (!begin) return;
      this.queue.delete(caller);
      this.queue.add(caller);
      begin();
      this.count(caller);
    }
  }

  private nextCaller(): Caller | undefined {
    for (const caller of this.queue) if (this.mayBegin(caller)) return caller;
    return undefined;
  }
}
