import { type Said } from '../errors/gateway-error.js';

/** Cloudflare's envelope, as far as anything here relies on it; members that nobody documented stay in. */
export interface Envelope {
  readonly success: boolean;
  readonly result?: unknown;
  readonly errors?: unknown;
  readonly [member: string]: unknown;
}

export interface Reason {
  readonly code: number;
  readonly message: string;
}

/** How an answer came about, for `Cache-Status` (RFC 9211). */
export interface CacheOutcome {
  /** `stale`: upstream failed, and this is the last that was known. `bypass`: the cache was not used. */
  readonly how: 'hit' | 'stale' | 'miss' | 'bypass';
  /** Whether it was kept just now. */
  readonly stored: boolean;
  /** Whether it was fetched for another request, which this one waited for. */
  readonly collapsed: boolean;
  /** Seconds since it was fetched; 0 where it was fetched for this request. */
  readonly ageSeconds: number;
  /** Seconds it stays fresh, less than 0 where it no longer is; null where it is not kept. */
  readonly ttlSeconds: number | null;
  /** Strong; null where the answer is not kept. */
  readonly etag: string | null;
}

/** What upstream answered: the bytes to pass on, and on demand what they say. */
export class Answer {
  /** Parsed once, however many requests are answered with it. */
  #parsed: { envelope: Envelope | undefined };
  #cache: CacheOutcome | null = null;

  constructor(
    readonly status: number,
    readonly body: Buffer,
    /** Only those that may be passed on, by lower-case name. */
    readonly headers: Readonly<Record<string, string>>,
    envelope?: Envelope,
  ) {
    this.#parsed = { envelope };
  }

  /** The same answer, as it came about for one request. */
  as(cache: CacheOutcome): Answer {
    const same = new Answer(this.status, this.body, this.headers);
    same.#parsed = this.#parsed;
    same.#cache = cache;
    return same;
  }

  /** Null for the answer to a change. */
  get cache(): CacheOutcome | null {
    return this.#cache;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Cloudflare's reasons for a refusal; those without a code or a message are of no use to anybody. */
  get reasons(): Reason[] {
    const { errors } = this.envelope;
    if (!Array.isArray(errors)) return [];
    return (errors as (Partial<Reason> | null)[]).flatMap((error) =>
      typeof error?.code === 'number' && typeof error.message === 'string'
        ? [{ code: error.code, message: error.message }]
        : [],
    );
  }

  /** What it says without its text. A reason may lack a message, and is one nevertheless. */
  get said(): Said {
    return { status: this.status, codes: codesIn(this.envelope) };
  }

  get envelope(): Envelope {
    return (this.#parsed.envelope ??= JSON.parse(this.body.toString()) as Envelope);
  }
}

export function codesIn({ errors }: Pick<Envelope, 'errors'>): number[] {
  if (!Array.isArray(errors)) return [];
  return (errors as ({ code?: unknown } | null)[]).flatMap((error) =>
    typeof error?.code === 'number' ? [error.code] : [],
  );
}
