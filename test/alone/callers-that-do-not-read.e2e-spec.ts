import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import { call } from '../support/http/http.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { memoryOf, socketsOf } from '../support/gateway/process-figures.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { readSlowly, type SlowReader } from '../support/http/slow-reader.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

const mebibyte = 1024 * 1024;
const bigBody = JSON.stringify({
  success: true,
  errors: [],
  messages: [],
  result: [{ id: 'x'.repeat(1.9 * mebibyte) }],
});

const get = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\n${headers}\r\n`;
const fresh = get(`/client/v4${pathOf('')}`, 'Cache-Control: no-cache\r\n');
const kept = get(`/client/v4${pathOf('')}`);

describe('Callers that do not read', () => {
  let upstream: Upstream;
  let gateway: RunningProcess;
  const calls = { underWay: 0, most: 0 };
  const readers: SlowReader[] = [];

  beforeAll(async () => {
    upstream = await startUpstream((request, response) => {
      calls.most = Math.max(calls.most, ++calls.underWay);
      response.on('close', () => calls.underWay--);
      const isBig = !request.url?.includes('/settings');
      const body = isBig ? bigBody : '{"success":true,"errors":[],"messages":[],"result":{"enabled":true}}';
      setTimeout(() => response.setHeader('content-type', 'application/json').end(body), 20);
    });
    gateway = await startProcess({
      CLOUDFLARE_BASE_URL: upstream.url,
      GRAPHQL_PLAYGROUND: 'on',
      NODE_OPTIONS: '--import=./test/support/gateway/fast-clock.mjs',
    });
  });
  afterAll(async () => {
    for (const reader of readers) reader.close();
    await gateway?.stop('SIGKILL');
    await upstream?.[Symbol.asyncDispose]();
  });

  const attack = (count: number, bytes: string, chunkBytes = 0, everyMs = 1000) => {
    for (let index = 0; index < count; index++)
      readers.push(readSlowly(gateway.url, bytes, chunkBytes, everyMs));
  };

  it('The gateway begins the pipelined requests of a connection one at a time', async () => {
    calls.most = 0;
    const names = Array.from({ length: 8 }, (_, index) => `id-${index}`);
    const reader = readSlowly(
      gateway.url,
      names.map((name) => get('/health/nowhere', `X-Request-Id: ${name}\r\n`)).join('') + fresh.repeat(4),
      mebibyte,
      1,
    );
    readers.push(reader);
    await eventually(() => (reader.taken > 4 * bigBody.length ? true : undefined));
    expect(calls.most).toBe(1);
  });

  it('The gateway closes callers that do not read, limits its memory, and serves other callers', async () => {
    const before = { memory: memoryOf(gateway), sockets: socketsOf(gateway) };
    const asset = /\/graphql\/playground\/[^"]+\.js/.exec(
      await (await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } })).text(),
    )?.[0];
    const graphql = JSON.stringify({ query: `{ zone(id: "${seededZone}") { certificates { id } } }` });
    attack(80, fresh.repeat(8));
    attack(10, kept.repeat(8));
    attack(10, fresh.repeat(8), 1);
    attack(4, get(asset ?? '').repeat(8));
    attack(4, get('/openapi.json').repeat(200));
    attack(
      4,
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nContent-Type: application/json\r\nContent-Length: ${graphql.length}\r\n\r\n${graphql}`.repeat(
        8,
      ),
    );
    const begun = performance.now();
    const seen = { memory: 0, longestTurnMs: 0, served: 0, refused: 0 };
    const askAsAnotherCaller = async () => {
      const { status } = await call(`${gateway.url}/client/v4${pathOf('/settings')}`, 'GET', {
        headers: bearer,
      });
      if (status === 200) seen.served++;
      else seen.refused++;
    };
    await eventually(
      async () => {
        expect((await call(`${gateway.url}/health/live`, 'GET')).status).toBe(200);
        await askAsAnotherCaller();
        seen.memory = Math.max(seen.memory, memoryOf(gateway) - before.memory);
        return socketsOf(gateway) <= before.sockets + 8 && performance.now() - begun > 10_000
          ? true
          : undefined;
      },
      { seconds: 90 },
    );
    // The gateway's own figure: this process is slower, since it is Cloudflare and all the callers.
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    seen.longestTurnMs = Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(metrics)?.[1]) * 1000;
    process.stdout.write(`${JSON.stringify({ ...seen, closedAfterMs: performance.now() - begun })}\n`);
    // This includes the answers in transit to 112 callers at once; at most 64 MiB of answers wait.
    expect(seen.memory).toBeLessThan(600);
    expect(seen.longestTurnMs).toBeLessThan(5000);
    expect(seen.served).toBeGreaterThan(10);
    expect(seen.refused).toBeLessThan(seen.served / 10);
  });

  it('A caller that reads slowly gets three answers to their end', async () => {
    // 200 KiB/s by the clock of the gateway.
    const reader = readSlowly(gateway.url, fresh.repeat(3), 20 * 1024, 100 / 4);
    readers.push(reader);
    await eventually(() => (reader.taken > 3 * bigBody.length ? true : undefined), { seconds: 80 });
    expect(reader.tail()).toMatch(/"\}\]\}$/);
  });
});
