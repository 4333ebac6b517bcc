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

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Finds pieces of secrets in a text, however they are escaped and broken into lines, in time that grows with its length. */
export class SecretIndex {
  private readonly codes: Uint8Array;
  /** By gram: where it stands in `codes`, how many characters quote its secret, and the next gram of the same slot. */
  private readonly places: Int32Array;
  private readonly needed: Uint8Array;
  private readonly following: Int32Array;
  /** By the top bits of the hash; 0 is no gram. */
  private readonly firsts: Int32Array;
  private readonly shift: number;
  private grams = 0;

  constructor(secrets: readonly string[]) {
    const texts = secrets.map((secret) => plainCodes(Buffer.from(secret)));
    const total = texts.reduce((sum, { length }) => sum + length + 1, 1);
    const most = Math.ceil(total / gramLength) + 1;
    this.codes = new Uint8Array(total).fill(separator);
    this.places = new Int32Array(most);
    this.needed = new Uint8Array(most);
    this.following = new Int32Array(most);
    const bits = Math.max(8, Math.ceil(Math.log2(total)));
    this.firsts = new Int32Array(2 ** bits);
    this.shift = 32 - bits;
    let at = 1;
    for (const text of texts) {
      this.codes.set(text, at);
      this.add(at, text.length);
      at += text.length + 1;
    }
  }

  private add(start: number, length: number): void {
    const needed = Math.min(quoteLength, length);
    for (let place = start; place + gramLength <= start + length; place += gramLength) {
      let hash = 0;
      for (let of = 0; of < gramLength; of += 1) hash = hashed(hash, this.codes[place + of] ?? 0);
      this.insert(hash >>> this.shift, place, needed);
    }
  }

  private insert(slot: number, place: number, needed: number): void {
    const first = this.firsts[slot] ?? 0;
    let same = 0;
    for (let gram = first; gram !== 0; gram = this.following[gram] ?? 0) {
      if (this.areSame(this.places[gram] ?? 0, place)) same += 1;
    }
    if (same >= mostOfOneGram) return;
    this.grams += 1;
    this.firsts[slot] = this.grams;
    this.places[this.grams] = place;
    this.needed[this.grams] = needed;
    this.following[this.grams] = first;
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
        const gram = this.firsts[hash >>> this.shift] ?? 0;
        const range = end > coveredTo && this.rangeAround(bytes, recent, end, gram);
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
  private rangeAround(bytes: Buffer, recent: Recent, end: number, first: number): Range | undefined {
    for (let gram = first; gram !== 0; gram = this.following[gram] ?? 0) {
      const after = (this.places[gram] ?? 0) + gramLength;
      let before = 0;
      while (before < 2 * gramLength && recent.code(before) === this.codes[after - 1 - before]) before += 1;
      if (before < gramLength) continue;
      const { count, to } = this.goesOn(bytes, end, after);
      if (before + count >= (this.needed[gram] ?? 0)) return { from: recent.start(before - 1), to };
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
