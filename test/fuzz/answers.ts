import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  /** Latin-1: one character is one byte on the wire. */
  readonly head: string;
  /** Without chunks and compression. */
  readonly body: string;
}

const end = '\r\n\r\n';
const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

/**
 * The answers on a connection, in their order.
 *
 * @throws Error where the bytes are no HTTP
 */
export function answersIn(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes.toString('latin1');
  while (rest !== '') {
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(rest)?.[1];
    const headEnd = rest.indexOf(end);
    if (status === undefined || headEnd === -1)
      throw new Error(`No answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const head = rest.slice(0, headEnd);
    const { body, length } = bodyIn(head, rest.slice(headEnd + end.length));
    answers.push({ status: Number(status), head, body: decoded(head, body) });
    rest = rest.slice(headEnd + end.length + length);
  }
  return answers;
}

const valueOf = (head: string, name: string) =>
  new RegExp(`^${name}:[ \\t]*(.*?)\\r?$`, 'im').exec(head)?.[1]?.toLowerCase();

function bodyIn(head: string, after: string): { body: string; length: number } {
  // An answer to HEAD says how long the body would be.
  if (after === '' || after.startsWith('HTTP/1.1 ')) return { body: '', length: 0 };
  if (valueOf(head, 'transfer-encoding') === 'chunked') return chunksIn(after);
  const body = after.slice(0, Number(valueOf(head, 'content-length') ?? 0));
  return { body, length: body.length };
}

function chunksIn(after: string): { body: string; length: number } {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = after.indexOf('\r\n', at);
    const size = parseInt(after.slice(at, lineEnd), 16);
    // The sender hung up before the end.
    if (lineEnd === -1 || Number.isNaN(size)) return { body, length: after.length };
    const start = lineEnd + 2;
    body += after.slice(start, start + size);
    at = start + size + 2;
    if (size === 0) return { body, length: at };
  }
}

function decoded(head: string, body: string): string {
  const decode = decoders[valueOf(head, 'content-encoding') ?? ''];
  if (!decode || body === '') return body;
  return decode(Buffer.from(body, 'latin1')).toString('latin1');
}
