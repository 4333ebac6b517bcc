import { type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';

/** The content codings (RFC 9110 §8.4.1) that answers are sent in, the preferred one first. */
const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

/** Compressing a smaller answer costs more than sending it. */
const leastLength = 16 * 1024;

/** Higher levels take up to ten times as long, and save 2 % more of these answers. */
const compress = {
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: 1 }),
} satisfies Record<Coding, (body: Buffer) => Promise<Buffer>>;

/** Compressed forms of cached bodies. They are collected together with the body. */
const kept = new WeakMap<Buffer, Map<Coding, Promise<Buffer>>>();

/** Whether a body is large enough to be compressed. */
export function isLarge(body: unknown): body is Buffer | string {
  return (typeof body === 'string' || Buffer.isBuffer(body)) && body.length >= leastLength;
}

/** The value of `Vary` of an answer that may be compressed. */
export function withAcceptEncoding(vary = ''): string {
  if (vary.includes('Accept-Encoding')) return vary;
  return vary ? `${vary}, Accept-Encoding` : 'Accept-Encoding';
}

/** The content coding of the answer to a request with those headers; null if it is not compressed. */
export function codingFor(headers: IncomingHttpHeaders, body: Buffer | string): Coding | null {
  if (!isLarge(body) || headers['accept-encoding'] === undefined) return null;
  const negotiator = new Negotiator({ headers }) as unknown as Preferring;
  const preferred = negotiator.encoding([...codings, 'identity'], { preferred: codings });
  return codings.find((coding) => coding === preferred) ?? null;
}

/** Missing in the types of `negotiator`. */
interface Preferring {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/** The body in that coding. Compressed once for all requests that are answered with the same buffer. */
export function inCoding(body: Buffer | string, coding: Coding): Promise<Buffer> {
  if (typeof body === 'string') return compress[coding](Buffer.from(body));
  const forms = kept.get(body) ?? new Map<Coding, Promise<Buffer>>();
  kept.set(body, forms);
  const known = forms.get(coding);
  if (known) return known;
  const made = compress[coding](body);
  forms.set(coding, made);
  made.catch(() => forms.delete(coding));
  return made;
}
