import { METHODS } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sendRaw, type RawReply } from '../support/http/raw.js';
import { aUseOf, operationNames, token } from '../support/http/requests.js';
import { startStage, type Stage } from '../support/gateway/stage.js';
import { blocks, base, globalLevel, places, forms, id, hostname } from '../support/http/hostile-targets.js';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
const withBody = new Set<string>(['POST', 'PUT', 'DELETE', 'PATCH']);

/** A whole request, valid except for its target, with a read-write credential. */
function requestFor(method: string, target: string): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: gateway.example',
    `authorization: Bearer ${token}`,
    'connection: close',
    ...(withBody.has(method) ? ['content-type: application/json', 'content-length: 2', '', '{}'] : ['', '']),
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const query = '(?:\\?(?:(?:page|per_page|status)=[^&#]*&?)+)?';

/** The operations, in the only zone of these tests. */
const operations = [
  `GET ${globalLevel}`,
  `PATCH ${globalLevel}`,
  ...[
    'GET ',
    'POST ',
    `GET /${id}`,
    `DELETE /${id}`,
    'GET /hostnames/certificates',
    'POST /hostnames/certificates',
    `GET /hostnames/certificates/${id}`,
    `DELETE /hostnames/certificates/${id}`,
    `GET /hostnames${query}`,
    'PUT /hostnames',
    `GET /hostnames/${hostname}`,
    'GET /settings',
    'PUT /settings',
  ].map((each) => each.replace(' ', ` ${base}`)),
].map((each) => new RegExp(`^${each}$`));

const isOperation = (line: string) => operations.some((pattern) => pattern.test(line));

async function expectNothingElseUpstream({ recorder, sandbox }: Stage): Promise<void> {
  const lines = recorder.exchanges.map(({ method, url }) => `${method} ${url}`);
  expect(lines.filter((line) => !isOperation(line))).toEqual([]);
  expect((await sandbox.calls())['unrouted']).toBeUndefined();
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly reply: RawReply;
}

/** Sixteen at a time. */
async function sendAll(stage: Stage, lines: readonly [method: string, target: string][]): Promise<Sent[]> {
  const queue = lines.values();
  const sent: Sent[] = [];
  const work = async () => {
    for (const [method, target] of queue) {
      const reply = await sendRaw(stage.gateway.url, requestFor(method, target));
      sent.push({ method, target, reply });
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return sent;
}

/** The answers with a status below 200 or above 499. A closed connection has no status. */
function failuresAmong(sent: readonly Sent[]): string[] {
  return sent
    .filter(({ reply }) => reply.status !== null && (reply.status < 200 || reply.status >= 500))
    .map(({ method, target, reply }) => `${reply.status} for ${method} ${JSON.stringify(target)}`);
}

/** Every target with one method in turn, and some of them with all. */
function hostileLines(): [method: string, target: string][] {
  const targets = new Set([...places.flatMap((place) => blocks.map(place)), ...forms]);
  const inTurn = [...targets].map(
    (target, index) => [methods[index % methods.length] ?? '', target] as const,
  );
  const withAll = [...blocks.map((block) => `${base}/${block}`), ...forms].flatMap((target) =>
    methods.map((method) => [method, target] as const),
  );
  const distinct = new Map([...inTurn, ...withAll].map((line) => [line.join(' '), line]));
  return [...distinct.values()].map(([method, target]) => [method, target]);
}

describe('Hostile request lines', () => {
  it('A hostile target causes no 5xx, no hang, and no call outside the operations', async () => {
    await using stage = await startStage();
    const lines = hostileLines();
    expect(lines.length).toBeGreaterThan(1000);

    const sent = await sendAll(stage, lines);

    expect(sent).toHaveLength(lines.length);
    expect(failuresAmong(sent)).toEqual([]);
    await expectNothingElseUpstream(stage);
  }, 120_000);

  it('The gateway refuses every method that it does not support', async () => {
    await using stage = await startStage();
    // Node closes the connection of a CONNECT by itself; without a content type, a QUERY is Fastify's to refuse.
    const unused = METHODS.filter((each) => !['GET', 'HEAD', 'PUT', 'DELETE', 'CONNECT'].includes(each));

    const sent = await sendAll(
      stage,
      unused.flatMap((method) => [
        [method, `${base}/settings`],
        [method, '/nowhere'],
      ]),
    );

    expect(failuresAmong(sent)).toEqual([]);
    expect(sent.filter(({ reply }) => ![400, 405, 415].includes(reply.status ?? 0))).toEqual([]);
    expect(stage.recorder.exchanges).toHaveLength(0);
  });

  it('A valid request line of each operation reaches the upstream', async () => {
    await using stage = await startStage();
    const uses = await Promise.all(operationNames.map((name) => aUseOf(name)));

    const sent: Sent[] = [];
    for (const { method, path } of uses) {
      sent.push(...(await sendAll(stage, [[method, `/client/v4${path}`]])));
    }

    expect(failuresAmong(sent)).toEqual([]);
    expect(stage.recorder.exchanges).toHaveLength(15);
    await expectNothingElseUpstream(stage);
  });

  it('A random target causes no 5xx and no call outside the operations', async () => {
    await using stage = await startStage();
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((array) => Buffer.from(array).toString('latin1'));
    const encoded = bytes.map((text) =>
      [...text].map((each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    );
    const piece = fc.oneof(fc.constantFrom(...blocks), bytes, encoded, fc.constant('/'));
    const target = fc
      .tuple(fc.constantFrom(...places), fc.array(piece, { minLength: 1, maxLength: 6 }))
      .map(([place, pieces]) => place(pieces.join('')))
      // A line end would end the request line: that is another request, not another target.
      .filter((text) => !/[\r\n]/.test(text));
    const line = fc.tuple(fc.constantFrom(...methods), target);

    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 16, maxLength: 16 }), async (some) => {
        expect(failuresAmong(await sendAll(stage, some))).toEqual([]);
        await expectNothingElseUpstream(stage);
      }),
      { numRuns: 50, seed: 20260814 },
    );
  }, 60_000);
});
