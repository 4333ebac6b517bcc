/** A call that several readers wait for. It is aborted when the last of them has stopped waiting. */
export class SharedCall<T> {
  private readonly ending = new AbortController();
  private readonly result: Promise<T>;
  private readers = 0;

  constructor(call: (signal: AbortSignal) => Promise<T>) {
    this.result = call(this.ending.signal);
    // After the last reader has left, no reader handles a failure.
    this.result.catch(() => undefined);
  }

  /** Whether a reader waits for it. */
  get isShared(): boolean {
    return this.readers > 0;
  }

  /** No reader may join an aborted call. */
  get isAborted(): boolean {
    return this.ending.signal.aborted;
  }

  /** Resolves when the call has succeeded or failed. */
  get ended(): Promise<void> {
    return this.result.then(nothing, nothing);
  }

  /**
   * @param signal of the reader; undefined for one that waits to the end
   * @throws the error of the call; the reason of the signal
   */
  async join(signal: AbortSignal | undefined): Promise<T> {
    this.readers += 1;
    if (!signal) return this.result;
    const { promise: leaving, reject } = Promise.withResolvers<never>();
    const leave = () => {
      this.readers -= 1;
      reject(signal.reason);
      if (this.readers === 0) this.ending.abort(signal.reason);
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([this.result, leaving]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}

function nothing(): void {
  // The outcome does not matter.
}
