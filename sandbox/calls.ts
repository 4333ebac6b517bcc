import { type CallName } from './operation.js';

/** Counts the calls of each operation, so that tests can assert how many were made. */
export class Calls {
  readonly #counts = new Map<string, number>();

  count(name: CallName | 'unrouted'): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  reset(): void {
    this.#counts.clear();
  }
}
