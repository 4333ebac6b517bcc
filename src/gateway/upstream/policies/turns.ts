import { overloaded, waitedTooLong } from '../failures/failure.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';

const mostUnderWay = 512;
const mostOfOneCredential = 64;
const mostWaiting = 4096;
const mostWaitingOfOneCredential = 256;

interface Caller {
  underWay: number;
  /** Each begins one call. In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/**
 * Shares the calls to Cloudflare of one kind among the credentials. A credential has at most 64 calls under way, and at most a
 * quarter of the places that are free: of ten credentials whose calls hang, more than 60 places stay free for others.
 */
export class Turns {
  private readonly callers = new Map<string, Caller>();
  /** The callers with calls that wait. One that has begun a call goes to the end. */
  private readonly queue = new Set<Caller>();
  private underWayCount = 0;
  private waitingCount = 0;

  constructor(private readonly kind: Operation['kind']) {}

  get underWay(): number {
    return this.underWayCount;
  }

  get waiting(): number {
    return this.waitingCount;
  }

  /**
   * Runs a call when it is its turn.
   *
   * @param who the name of the credential, which is not the secret
   * @param call is given what is left of `withinMs`
   * @throws GatewayError `overloaded` where too many calls wait, `upstream_timeout` where its turn did not come in time;
   * the reason of the signal where it is aborted before the turn comes
   */
  async run<T>(
    who: string,
    withinMs: number,
    call: (leftMs: number) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const caller = this.callers.get(who) ?? { underWay: 0, waiting: new Set() };
    // Where calls of this caller wait already, it may not begin one.
    const isItsTurn = this.mayBegin(caller);
    if (!isItsTurn && this.isFull(caller)) throw overloaded(this.kind);
    this.callers.set(who, caller);
    try {
      if (isItsTurn) this.count(caller);
      const leftMs = isItsTurn ? withinMs : await this.wait(caller, withinMs, signal);
      try {
        return await call(leftMs);
      } finally {
        this.underWayCount -= 1;
        caller.underWay -= 1;
        this.next();
      }
    } finally {
      if (caller.underWay + caller.waiting.size === 0) this.callers.delete(who);
    }
  }

  private mayBegin({ underWay }: Caller): boolean {
    return underWay < Math.min(mostOfOneCredential, (mostUnderWay - this.underWayCount) / 4);
  }

  private isFull({ waiting }: Caller): boolean {
    return waiting.size >= mostWaitingOfOneCredential || this.waitingCount >= mostWaiting;
  }

  private count(caller: Caller): void {
    caller.underWay += 1;
    this.underWayCount += 1;
  }

  /** Resolves to what is left of the time. */
  private wait(caller: Caller, withinMs: number, signal?: AbortSignal): Promise<number> {
    const until = performance.now() + withinMs;
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(late);
        signal?.removeEventListener('abort', abort);
        resolve(Math.max(1, until - performance.now()));
      };
      const giveUp = (reason: unknown) => {
        clearTimeout(late);
        signal?.removeEventListener('abort', abort);
        this.leave(caller, begin);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason of a signal is an error
        reject(reason);
      };
      const abort = () => giveUp(signal?.reason);
      const late = setTimeout(() => giveUp(waitedTooLong(this.kind)), withinMs);
      signal?.addEventListener('abort', abort);
      caller.waiting.add(begin);
      this.queue.add(caller);
      this.waitingCount += 1;
    });
  }

  private leave(caller: Caller, begin: () => void): void {
    caller.waiting.delete(begin);
    if (caller.waiting.size === 0) this.queue.delete(caller);
    this.waitingCount -= 1;
  }

  /** Begins what may begin now. A caller that may not has calls under way, so no more than 512 are passed over. */
  private next(): void {
    for (let caller = this.nextCaller(); caller; caller = this.nextCaller()) {
      const [begin] = caller.waiting;
      if (!begin) return;
      this.queue.delete(caller);
      this.queue.add(caller);
      this.leave(caller, begin);
      this.count(caller);
      begin();
    }
  }

  private nextCaller(): Caller | undefined {
    for (const caller of this.queue) if (this.mayBegin(caller)) return caller;
    return undefined;
  }
}
