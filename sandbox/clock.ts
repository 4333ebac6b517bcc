/** Real time plus what a test has added, so that tests need not wait for a life cycle. */
export class Clock {
  #advancedMs = 0;

  now(): number {
    return Date.now() + this.#advancedMs;
  }

  advance(ms: number): void {
    this.#advancedMs += ms;
  }

  reset(): void {
    this.#advancedMs = 0;
  }
}
