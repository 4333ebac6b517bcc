import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { memoryOf, socketsOf } from '../support/gateway/process-figures.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { readSlowly } from '../support/http/slow-reader.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

/**
 * How many come at a time, and how often: 1,300 in two seconds. Readers are fewer, since the kernel holds up to 3 MB for each. Node
 * raises its limit of open files to what the system allows, which is 4,096 at least.
 */
const atATime = { headers: 6, bodies: 6, readers: 1 };
const times = 100;

const kept = `/client/v4${pathOf('')}`;
const target = `/client/v4${pathOf('/settings')}`;
const authorization = `Authorization: ${bearer.authorization}\r\n`;
const someHeaders = `GET ${kept} HTTP/1.1\r\nHost: x\r\n`;
const withBody = (method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n`;

/** An answer that waits whole in the gateway, once the kernel has taken what it can of those before. */
const answer = JSON.stringify({
  success: true,
  errors: [],
  messages: [],
  result: [{ id: 'x'.repeat(64 * 1024) }],
});
const reads = `${someHeaders}${authorization}\r\n`.repeat(120);

interface Asked {
  readonly status: number;
  readonly ms: number;
}

/** In milliseconds. */
function p99Of(answers: readonly Asked[]): number {
  const took = answers.map(({ ms }) => ms).sort((one, other) => one - other);
  return took[Math.floor(took.length * 0.99)] ?? Infinity;
}

describe('Slow connections', () => {
  let upstream: Upstream;
  let gateway: RunningProcess;
  const ends: (() => void)[] = [];
  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => {
      response.setHeader('content-type', 'application/json').end(answer);
    });
    gateway = await startProcess({ CLOUDFLARE_BASE_URL: upstream.url, LOG_LEVEL: 'info' });
  });
  afterAll(async () => {
    for (const end of ends) end();
    await gateway?.stop('SIGKILL');
    await upstream?.[Symbol.asyncDispose]();
  });

  /** Sends a beginning, then a byte each second. It does not close its end when the gateway closes the other. */
  const drip = (beginning: string, byte: string): void => {
    const { hostname: host, port } = new URL(gateway.url);
    const socket: Socket = connect({ host, port: Number(port), allowHalfOpen: true });
    socket.on('connect', () => socket.write(beginning));
    socket.on('error', () => undefined);
    socket.resume();
    const timer = setInterval(() => socket.write(byte), 1000);
    socket.on('close', () => clearInterval(timer));
    ends.push(() => socket.destroy());
  };
  const read = (bytesEachSecond: number): void => {
    const reader = readSlowly(gateway.url, reads, bytesEachSecond, 1000);
    ends.push(() => reader.close());
  };

  const ask = async (path: string): Promise<Asked> => {
    const begun = performance.now();
    const { status } = await call(gateway.url + path, 'GET', { headers: bearer });
    return { status, ms: performance.now() - begun };
  };
  /** Asks 120 times a second, as another caller, and resolves when the time is over. */
  const askFor = async (ms: number): Promise<Promise<Asked>[]> => {
    const asked: Promise<Asked>[] = [];
    const until = performance.now() + ms;
    while (performance.now() < until) {
      asked.push(ask('/health/live'), ask(kept), ask(target));
      await sleep(25);
    }
    return asked;
  };

  it('1,300 of them are closed within 12 s, while others are answered: p99 within 200 ms', async () => {
    expect((await ask(kept)).status).toBe(200);
    const quiet = await Promise.all(await askFor(2000));
    const before = { sockets: socketsOf(gateway), memory: memoryOf(gateway) };
    const comeAll = async () => {
      for (let time = 0; time < times; time += 1) {
        for (let index = 0; index < atATime.headers; index += 1) drip(someHeaders, 'x');
        for (let index = 0; index < atATime.bodies; index += 1)
          drip(index % 2 ? withBody('PUT', target) : withBody('POST', '/graphql'), ' ');
        for (let index = 0; index < atATime.readers; index += 1) read(time % 2);
        await sleep(20);
      }
    };
    const most = { sockets: 0, memory: 0 };
    const asked: Promise<Asked>[] = [];
    let begun: number | null = null;
    const coming = comeAll().then(() => (begun = performance.now()));
    let closedAfterMs: number | null = null;
    while (closedAfterMs === null && (begun === null || performance.now() - begun < 20_000)) {
      asked.push(...(await askFor(250)));
      const sockets = socketsOf(gateway) - before.sockets;
      most.sockets = Math.max(most.sockets, sockets);
      most.memory = Math.max(most.memory, memoryOf(gateway) - before.memory);
      // Those of the requests that are asked meanwhile are closed with their answers.
      if (begun !== null && sockets <= 8) closedAfterMs = performance.now() - begun;
    }
    await coming;
    const answers = await Promise.all(asked);
    const p99 = p99Of(answers);
    const refused = answers.filter(({ status }) => status !== 200).length;
    process.stdout.write(
      `${JSON.stringify({ closedAfterMs, p99, quiet: p99Of(quiet), asked: answers.length, refused, ...most })}\n`,
    );

    expect(most.sockets).toBeGreaterThan(1000);
    expect(closedAfterMs).toBeLessThan(12_000);
    expect(p99).toBeLessThan(200);
    expect(refused).toBe(0);
    const inFlight = () =>
      fetch(gateway.metricsUrl)
        .then((reply) => reply.text())
        .then((text) => /^http_requests_in_flight 0$/m.test(text) || undefined);
    await eventually(inFlight);
  }, 60_000);
});
