import { type Said } from '../../platform/errors/gateway-error.js';
import { type Operation } from './operations.js';
import { type Reason, reasonsIn } from './reasons.js';

/** Cloudflare's envelope: the members that this gateway reads. Undocumented members are passed on. */
export interface Envelope {
  readonly success: boolean;
  readonly result?: unknown;
  readonly errors?: unknown;
  readonly [member: string]: unknown;
}

/** A kept answer: the zone and the credential that it was read for, and the generation of the cache that it is valid under. */
export interface Kept {
  readonly zone: string;
  readonly credential: string;
  readonly generation: string;
  /** On the clock of `performance.now()`. */
  readonly storedAt: number;
  readonly freshUntil: number;
}

/** How an answer came about, for `Cache-Status` (RFC 9211). */
export interface CacheOutcome {
  /** `stale`: upstream failed, and this is the last that was known. `bypass`: the cache was not used. */
  readonly how: 'hit' | 'stale' | 'miss' | 'bypass';
  /** Whether this request stored it. */
  readonly stored: boolean;
  /** Whether this request waited for the call of another request. */
  readonly collapsed: boolean;
  /** Seconds since it was fetched; 0 where it was fetched for this request. */
  readonly ageSeconds: number;
  /** Seconds it stays fresh, less than 0 where it no longer is; null where it is not kept. */
  readonly ttlSeconds: number | null;
  /** Strong; null where the answer is not kept. */
  readonly etag: string | null;
  /** Null where the answer is not kept, or is stale. */
  readonly kept: Kept | null;
}

/** An answer of upstream: the bytes to pass on, parsed on demand. */
export class Answer {
  /** Parsed once for all requests that are answered with it. */
  #parsed: { envelope: Envelope | undefined };
  #cache: CacheOutcome | null = null;
  #operation: Operation | null = null;

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
    const same = this.copy();
    same.#cache = cache;
    return same;
  }

  /** The same answer, as the one to an operation. */
  to(operation: Operation): Answer {
    const same = this.copy();
    same.#operation = operation;
    return same;
  }

  private copy(): Answer {
    const same = new Answer(this.status, this.body, this.headers);
    same.#parsed = this.#parsed;
    same.#cache = this.#cache;
    same.#operation = this.#operation;
    return same;
  }

  /** The same object for every request that is answered with the same kept answer. */
  get content(): object {
    return this.#parsed;
  }

  /** Null for the answer to a change. */
  get cache(): CacheOutcome | null {
    return this.#cache;
  }

  /** The operation that was asked for; null where that is not noted: it is for every refusal. */
  get operation(): Operation | null {
    return this.#operation;
  }

  /** Whether Cloudflare carried out the call. A refusal may come with 200. */
  get ok(): boolean {
    // A cached answer was a success, and is not parsed to find that out.
    return this.status >= 200 && this.status < 300 && this.#parsed.envelope?.success !== false;
  }

  /** Whether Cloudflare refused the call; a 5xx is a failure. */
  get isRefusal(): boolean {
    return !this.ok && this.status < 500;
  }

  /** A status of success, and a refusal in the envelope. */
  get isRefusedWithin(): boolean {
    return !this.ok && this.status < 300;
  }

  /** Cloudflare's reasons for a refusal, in any of their shapes. */
  get reasons(): Reason[] {
    return reasonsIn(this.envelope);
  }

  /** Status and codes, without the messages. */
  get said(): Said {
    return { status: this.status, codes: codesIn(this.envelope) };
  }

  get envelope(): Envelope {
    return (this.#parsed.envelope ??= parseAnswer(this.body.toString()) as Envelope);
  }
}

export function codesIn(envelope: Envelope): number[] {
  return reasonsIn(envelope).flatMap(({ code }) => (code === null ? [] : [code]));
}

const mayHoldLongInteger = /[:[,]\s*-?\d{16}/;

/**
 * JSON, where an integer of more digits than a number holds is read as the text of its digits: a serial number has up to 49.
 *
 * @throws SyntaxError
 */
export function parseAnswer(text: string): unknown {
  if (!mayHoldLongInteger.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, withLongIntegers);
  } catch {
    // With a function it takes fewer levels.
    return JSON.parse(text);
  }
}

function withLongIntegers(_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? source : value;
}
