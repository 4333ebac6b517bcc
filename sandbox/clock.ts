/** Real time plus what a test has added, so that a life cycle can be passed through without waiting. */
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
