import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import { type BlackHole, startBlackHole } from '../support/upstream/black-hole.js';
import { eventually } from '../support/basics/eventually.js';
import { admitAt, type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { call, codeOf, type Reply } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';

/** Far less than the 10 s after which a call times out, and enough for a machine under load. */
const soonMs = 2500;

const other = { authorization: 'Bearer another-callers-token' };
const zoneOf = (prefix: string, index: number) =>
  prefix + index.toString(16).padStart(32 - prefix.length, '0');

const read = ({ base }: RunningGateway, zone: string, headers: Record<string, string>) =>
  call(base + pathOf('/settings', zone), 'GET', { headers });
const change = ({ base }: RunningGateway, zone: string, headers: Record<string, string>) =>
  call(base + pathOf('/settings', zone), 'PUT', { headers, body: { enabled: true } });

/** The answers that these calls get when upstream ends do not matter. */
const left = (asked: Promise<unknown>) => void asked.catch(() => undefined);

/** Ends upstream first: the gateway would wait until its calls time out. */
async function end(upstream: BlackHole, gateway: RunningGateway): Promise<void> {
  await upstream[Symbol.asyncDispose]();
  await gateway.close();
}

/** Resolves when the metrics report this number of calls of a kind, under way or waiting. */
function callsOf(kind: string, { app }: RunningGateway, expected: number): Promise<true> {
  return eventually(async () => {
    const { values } = (await app.get(Metrics).registry.getSingleMetric('upstream_calls')?.get()) ?? {
      values: [],
    };
    const ofKind = values.filter(({ labels }) => labels['kind'] === kind);
    return ofKind.reduce((sum, { value }) => sum + value, 0) === expected || undefined;
  });
}

async function timed(asked: Promise<Reply>): Promise<{ status: number; ms: number }> {
  const begun = performance.now();
  const { status } = await asked;
  return { status, ms: performance.now() - begun };
}

describe('Calls that Cloudflare never answers', () => {
  // The longest first: the others run beside it.
  it.concurrent(
    'Of one credential 256 reads wait, and further ones are refused at once with 503',
    async () => {
      await using upstream = await startBlackHole(['GET']);
      const gateway = await startGateway({ upstream: upstream.url });
      await admitAt(gateway);
      const replies = await Promise.all(
        Array.from({ length: 400 }, async (_, index) => {
          const begun = performance.now();
          const reply = await read(gateway, zoneOf('dead', index), bearer);
          return { reply, ms: performance.now() - begun };
        }),
      );
      await gateway.close();

      const refused = replies.filter(({ reply }) => reply.status === 503);
      expect(refused).toHaveLength(80);
      for (const { reply, ms } of refused) {
        expect(codeOf(reply)).toBe(99041);
        expect(reply.headers).toMatchObject({ 'retry-after': '1', 'x-should-retry': 'true' });
        expect(ms).toBeLessThan(5000);
      }
      const late = replies.filter(({ reply }) => reply.status === 504);
      expect(late).toHaveLength(320);
      expect(new Set(late.map(({ reply }) => codeOf(reply)))).toEqual(new Set([99022]));
      // Each has 15 s in all.
      expect(Math.max(...late.map(({ ms }) => ms))).toBeLessThan(20_000);
    },
    60_000,
  );

  it.concurrent(
    'A credential reads soon while 100 of its changes hang',
    async () => {
      await using upstream = await startBlackHole(['PUT']);
      const gateway = await startGateway({ upstream: upstream.url });
      const zone = zoneOf('dead', 1);
      await read(gateway, zone, bearer);
      // Until Cloudflare has let one change pass, one is tried at a time.
      const removal = pathOf(`/${'c'.repeat(32)}`, zone);
      expect((await call(gateway.base + removal, 'DELETE', { headers: bearer })).status).toBe(200);
      for (let index = 0; index < 100; index += 1) left(change(gateway, zone, bearer));
      await callsOf('write', gateway, 100);
      expect(upstream.held()).toBe(64);

      const aRead = await timed(read(gateway, zoneOf('a', 1), bearer));

      expect(aRead).toMatchObject({ status: 200 });
      expect(aRead.ms).toBeLessThan(soonMs);
      await end(upstream, gateway);
    },
    60_000,
  );

  it.concurrent.each([
    [1, 500, 64 + 256],
    [10, 150, 10 * 150],
  ])(
    'Another credential reads and writes soon beside %d × %d reads that hang',
    async (credentials, calls, taken) => {
      await using upstream = await startBlackHole(['GET']);
      const gateway = await startGateway({ upstream: upstream.url });
      for (let caller = 0; caller < credentials; caller += 1) {
        const headers = { authorization: `Bearer greedy-token-${caller}` };
        for (let index = 0; index < calls; index += 1) {
          left(read(gateway, zoneOf('dead', index), headers));
        }
      }
      await callsOf('read', gateway, taken);

      const aRead = await timed(read(gateway, zoneOf('a', 1), other));
      const aChange = await timed(change(gateway, zoneOf('a', 1), other));
      await end(upstream, gateway);

      expect([aRead.status, aChange.status]).toEqual([200, 200]);
      expect(aRead.ms).toBeLessThan(soonMs);
      expect(aChange.ms).toBeLessThan(soonMs);
    },
    60_000,
  );
});

describe('A large GraphQL operation', () => {
  it('Two callers at once get 25 zones with three lists each', async () => {
    await using upstream = await startBlackHole([]);
    const gateway = await startGateway({ upstream: upstream.url });
    const zones = Array.from(
      { length: 25 },
      (_, index) =>
        `z${index}: zone(id: "${zoneOf('a', index)}") { certificates { id } hostnameCertificates { id } hostnames(first: 1) { nodes { name } } }`,
    );
    const query = `{ ${zones.join(' ')} }`;

    const answers = await Promise.all([ask(gateway, query), ask(gateway, query, {}, other)]);
    const sameCredential = await Promise.all([ask(gateway, query), ask(gateway, query)]);
    await gateway.close();

    for (const { errors, data } of [...answers, ...sameCredential]) {
      expect(errors).toEqual([]);
      expect(Object.keys(data as object)).toHaveLength(25);
    }
  }, 60_000);
});
