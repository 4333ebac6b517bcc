import { codeIn, endIn, plainCodes, tokenAt } from '../../domain/cloudflare/plain-text.js';

/** This many characters in a row quote a secret; a shorter secret is quoted as a whole. */
const quoteLength = 16;
/** Every 16 characters in a row hold 8 that begin at a multiple of 8: these are found, and then compared further. */
const gramLength = 8;
/** Bounds the work for a secret that repeats itself, as none made by chance does; the forms of one do, twice. */
const mostOfOneGram = 2;
/** Stands between the secrets, and in no text. */
const separator = 62;

/** One for each code; of eight characters, the last 4 bits of the first one reach the top of the hash. */
const mixed = Int32Array.from({ length: 64 }, (_, code) => Math.imul(code + 1, 0x9e3779b1) ^ (code * 0x85eb));

interface Gram {
  /** Where it stands in `codes`. */
  readonly place: number;
  /** How many characters in a row quote its secret. */
  readonly needed: number;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Finds pieces of secrets in a text, however they are escaped and broken into lines, in time that grows with its length. */
export class SecretIndex {
  /** All secrets, with a separator before, between and after them. */
  private readonly codes: Uint8Array;
  private readonly grams = new Map<number, Gram[]>();

  constructor(secrets: readonly string[]) {
    const texts = secrets.map((secret) => plainCodes(Buffer.from(secret)));
    this.codes = new Uint8Array(texts.reduce((sum, { length }) => sum + length + 1, 1)).fill(separator);
    let start = 1;
    for (const text of texts) {
      this.codes.set(text, start);
      const needed = Math.min(quoteLength, text.length);
      const end = start + text.length;
      for (let place = start; place + gramLength <= end; place += gramLength) this.add({ place, needed });
      start = end + 1;
    }
  }

  private add(gram: Gram): void {
    const { place } = gram;
    let hash = 0;
    for (let of = 0; of < gramLength; of += 1) hash = hashed(hash, this.codes[place + of] ?? 0);
    const known = this.grams.get(hash) ?? [];
    if (known.filter((other) => this.areSame(other.place, place)).length >= mostOfOneGram) return;
    this.grams.set(hash, [gram, ...known]);
  }

  private areSame(one: number, other: number): boolean {
    let length = 0;
    while (length < gramLength && this.codes[one + length] === this.codes[other + length]) length += 1;
    return length === gramLength;
  }

  /** The text with `[removed]` for every piece of a secret; the same buffer if it quotes none. */
  masked(bytes: Buffer): Buffer {
    const ranges = this.rangesIn(bytes);
    if (ranges.length === 0) return bytes;
    const pieces: Buffer[] = [];
    let at = 0;
    for (const { from, to } of ranges) {
      // A range that continues the one before belongs to the same piece.
      if (from > at || at === 0) pieces.push(bytes.subarray(at, from), removed);
      at = to;
    }
    return Buffer.concat([...pieces, bytes.subarray(at)]);
  }

  quotedIn(text: string): boolean {
    return this.rangesIn(Buffer.from(text)).length > 0;
  }

  /** In the order of the text, which may have 2 MiB: nothing is allocated for each character. */
  private rangesIn(bytes: Buffer): Range[] {
    const ranges: Range[] = [];
    const recent = new Recent();
    let hash = 0;
    let coveredTo = 0;
    for (let at = 0; at < bytes.length;) {
      const token = tokenAt(bytes, at);
      const code = codeIn(token);
      const end = endIn(token);
      if (code !== 0) {
        recent.push(code, at);
        hash = hashed(hash, code);
        const grams = end > coveredTo ? this.grams.get(hash) : undefined;
        const range = grams && this.rangeAround(bytes, recent, end, grams);
        if (range) {
          ranges.push(range);
          coveredTo = range.to;
        }
      }
      at = end;
    }
    return ranges;
  }

  /** The piece of a secret around the last 8 characters, if it is long enough. */
  private rangeAround(bytes: Buffer, recent: Recent, end: number, grams: Gram[]): Range | undefined {
    for (const { place, needed } of grams) {
      const after = place + gramLength;
      let before = 0;
      while (before < 2 * gramLength && recent.code(before) === this.codes[after - 1 - before]) before += 1;
      if (before < gramLength) continue;
      const { count, to } = this.goesOn(bytes, end, after);
      if (before + count >= needed) return { from: recent.start(before - 1), to };
    }
    return undefined;
  }

  /** How many characters of the text continue the secret at `place`, and where they end. */
  private goesOn(bytes: Buffer, from: number, place: number): { count: number; to: number } {
    let count = 0;
    let to = from;
    for (let at = from; at < bytes.length;) {
      const token = tokenAt(bytes, at);
      at = endIn(token);
      if (codeIn(token) === 0) continue;
      if (codeIn(token) !== this.codes[place + count]) break;
      count += 1;
      to = at;
    }
    return { count, to };
  }
}

/** The last 16 characters of a text, and where each begins. */
class Recent {
  private readonly codes = new Uint8Array(2 * gramLength);
  private readonly starts = new Int32Array(2 * gramLength);
  private next = 0;

  push(code: number, start: number): void {
    this.codes[this.next] = code;
    this.starts[this.next] = start;
    this.next = (this.next + 1) % (2 * gramLength);
  }

  /** @param ago 0 for the last one */
  code(ago: number): number | undefined {
    return this.codes[(this.next - 1 - ago + 4 * gramLength) % (2 * gramLength)];
  }

  start(ago: number): number {
    return this.starts[(this.next - 1 - ago + 4 * gramLength) % (2 * gramLength)] ?? 0;
  }
}

function hashed(hash: number, code: number): number {
  return (hash << 4) ^ (mixed[code] ?? 0);
}

const removed = Buffer.from('[removed]');
