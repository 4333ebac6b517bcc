import { LRUCache } from 'lru-cache';

/** What was taken of a window. */
export interface Taken {
  readonly isGranted: boolean;
  /** How many a window has. */
  readonly most: number;
  readonly left: number;
  /** When the window ends, on the clock of `performance.now()`. */
  readonly endsAt: number;
}

interface Window {
  taken: number;
  readonly endsAt: number;
}

/** Callers that are counted at once. Of more, those whose last call is the oldest begin anew. */
export const mostCallers = 20_000;

/** Counts in the memory of the process. The window of a caller begins with its first call. */
export class Windows {
  private readonly windows = new LRUCache<string, Window>({ max: mostCallers });

  constructor(
    private readonly most: number,
    private readonly lengthMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(name: string): Taken {
    const window = this.of(name);
    const isGranted = window.taken < this.most;
    if (isGranted) window.taken += 1;
    const { most } = this;
    return { isGranted, most, left: Math.max(0, most - window.taken), endsAt: window.endsAt };
  }

  /** Counts what was granted elsewhere, also above the limit. */
  note(name: string): void {
    this.of(name).taken += 1;
  }

  isUsedUp(name: string): boolean {
    const window = this.windows.get(name);
    return window !== undefined && window.taken >= this.most && window.endsAt > this.now();
  }

  private of(name: string): Window {
    const now = this.now();
    const known = this.windows.get(name);
    if (known && known.endsAt > now) return known;
    const window = { taken: 0, endsAt: now + this.lengthMs };
    this.windows.set(name, window);
    return window;
  }
}
