import { type Random } from '../support/basics/random.js';
import { bytesOf, chance, oneOf, times } from './chances.js';
import { type Header } from './headers.js';
import { type GeneratedRequest } from './requests.js';

/** What is written to a connection of its own. */
export interface Sending {
  readonly face: GeneratedRequest['face'] | 'bytes';
  /** Each in a packet of its own. */
  readonly packets: readonly Buffer[];
  /** How many requests it is. */
  readonly requests: number;
  /**
   * Whether HTTP promises an answer, and an end of the connection behind it. Without it, the sender hangs up as soon as
   * nothing more is said.
   */
  readonly isWhole: boolean;
  /** Hangs up at once, and reads nothing. */
  readonly hangsUp?: true;
}

/** One request or several, mostly as HTTP has it. */
export function sendingOf(random: Random, make: () => GeneratedRequest): Sending {
  return oneOf(random, [
    [78, () => whole(random, make())],
    [6, () => pipelined([make(), make()])],
    [4, () => ({ ...whole(random, make()), isWhole: false, hangsUp: true })],
    [3, () => inPackets(random, whole(random, make()))],
    [9, () => damagedBytes(random, make())],
  ]);
}

function whole(random: Random, request: GeneratedRequest): Sending {
  const bytes = chance(random, 92) ? written(request) : inChunks(random, request);
  // The end of a line in the target is the end of the request line: what comes behind it is no header of ours.
  const isWhole = !/[\r\n]/.test(request.target);
  return { face: request.face, packets: [bytes], requests: 1, isWhole };
}

function pipelined(requests: readonly GeneratedRequest[]): Sending {
  const last = requests.length - 1;
  return {
    face: requests[0]?.face ?? 'bytes',
    packets: [Buffer.concat(requests.map((request, index) => written(request, index === last)))],
    requests: requests.length,
    isWhole: requests.every(({ target }) => !/[\r\n]/.test(target)),
  };
}

function inPackets(random: Random, sending: Sending): Sending {
  const bytes = Buffer.concat(sending.packets);
  const ends = times(1 + random.below(6), () => random.below(bytes.length)).sort((a, b) => a - b);
  const packets = [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
  return { ...sending, packets: packets.filter(({ length }) => length > 0) };
}

function head(
  { method, target, headers }: GeneratedRequest,
  more: readonly Header[],
  version = '1.1',
): Buffer {
  const lines = [['host', 'gateway.example'] as const, ...headers, ...more].map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from([`${method} ${target} HTTP/${version}`, ...lines, '', ''].join('\r\n'), 'latin1');
}

const close: Header = ['connection', 'close'];

function written(request: GeneratedRequest, isLast = true): Buffer {
  const { body } = request;
  const length: Header[] = body === undefined ? [] : [['content-length', String(body.length)]];
  return Buffer.concat([head(request, [...length, ...(isLast ? [close] : [])]), body ?? Buffer.alloc(0)]);
}

function inChunks(random: Random, request: GeneratedRequest): Buffer {
  const { body = Buffer.alloc(0) } = request;
  const size = random.of([1, 7, 1000, 100_000]);
  const parts: Buffer[] = [];
  // A body of one byte a chunk is for short ones.
  const step = Math.max(size, Math.ceil(body.length / 200));
  for (let at = 0; at < body.length; at += step) {
    const part = body.subarray(at, at + step);
    const extension = chance(random, 10) ? ';x="y"' : '';
    parts.push(Buffer.from(`${part.length.toString(16)}${extension}\r\n`), part, Buffer.from('\r\n'));
  }
  const trailer = chance(random, 10) ? 'x-trailer: y\r\n' : '';
  return Buffer.concat([
    head(request, [['transfer-encoding', 'chunked'], close]),
    ...parts,
    Buffer.from(`0\r\n${trailer}\r\n`),
  ]);
}

/** Bytes that are no HTTP, or HTTP that two servers could read differently. */
function damagedBytes(random: Random, request: GeneratedRequest): Sending {
  const bytes = written(request);
  const body = request.body ?? Buffer.from('{}');
  const withHead = (...more: Header[]) => Buffer.concat([head(request, [...more, close]), body]);
  const length = String(body.length);
  const text = bytes.toString('latin1');
  const made = oneOf<Buffer>(random, [
    [3, () => bytesOf(random, 1 + random.below(400))],
    [6, () => flipped(random, bytes)],
    [4, () => bytes.subarray(0, random.below(bytes.length))],
    [1, () => withHead(['content-length', length], ['transfer-encoding', 'chunked'])],
    [1, () => withHead(['content-length', length], ['content-length', random.of([length, '0', '1'])])],
    [
      1,
      () =>
        withHead(['content-length', random.of(['-1', '+1', '1,1', '0x1', '9'.repeat(30), 'x', '', ' 1 '])]),
    ],
    [1, () => withHead(['content-length', String(body.length + random.of([-1, 1, 1000]))])],
    [
      1,
      () =>
        withHead([
          'transfer-encoding',
          random.of(['gzip', 'gzip, chunked', 'chunked, chunked', 'xchunked', '\x0bchunked']),
        ]),
    ],
    [
      1,
      () =>
        Buffer.concat([
          head(request, [['transfer-encoding', 'chunked']]),
          Buffer.from(random.of(['x\r\n', '-1\r\n', 'fffffffffffffffff\r\n', '2\r\nabcdef\r\n', '0\r\n'])),
          body,
        ]),
    ],
    [
      1,
      () =>
        withHead(['expect', random.of(['100-continue', 'x', '100-continue, x'])], ['content-length', length]),
    ],
    [
      1,
      () =>
        withHead(
          ['connection', random.of(['upgrade', 'keep-alive, x', 'close, close', ''])],
          ['upgrade', 'websocket'],
        ),
    ],
    [1, () => withHead(['host', random.of(['', 'x', 'a,b', 'user@x', '[::1', '\x80'])])],
    [1, () => withHead(['x-note', `a${random.of(['\0', '\r', '\n', '\r\n b', '\x7f'])}b`])],
    [1, () => withHead([random.of(['', ' ', 'a b', '\x80', 'x:y', '\0']), 'x'])],
    [1, () => withHead(['x-long', 'x'.repeat(random.of([15_000, 17_000, 70_000]))])],
    [1, () => withHead(...times(random.of([100, 1500, 2500]), (index): Header => [`x${index}`, '']))],
    [1, () => Buffer.concat([head(request, [], random.of(['1.0', '2.0', '0.9', '1.2', '9.9', 'x'])), body])],
    [1, () => Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1')],
    [
      1,
      () =>
        Buffer.from(
          text.replace(/^\S+/, random.of(['CONNECT', 'get', 'G\0T', '', 'PRI', 'x'.repeat(300)])),
          'latin1',
        ),
    ],
    [1, () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    // The beginning of a TLS handshake.
    [1, () => Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), bytesOf(random, 200)])],
    [1, () => Buffer.concat([bytes, bytesOf(random, 50)])],
    [1, () => Buffer.from('\r\n'.repeat(random.of([1, 10, 1000])) + text, 'latin1')],
  ]);
  return { face: 'bytes', packets: [made], requests: 1, isWhole: false };
}

function flipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + random.below(5); left > 0; left--) {
    copy[random.below(copy.length)] = random.below(256);
  }
  return copy;
}
