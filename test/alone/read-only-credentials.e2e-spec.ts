import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { mutate } from '../support/graphql/graphql.js';
import { call, codeOf } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { caches } from '../support/cache/stores.js';

const readOnly = (name = '') => ({ authorization: `Bearer sandbox-token-read-only${name}` });
const zoneOf = (index: number) => index.toString(16).padStart(32, 'b');

interface Crowd {
  readonly gateway: { readonly base: string };
  readonly callers: number;
  readonly hasEnded: () => boolean;
  readonly change: (index: number) => Promise<void>;
}

/** Callers that each send the next change as soon as the last one has its answer. */
async function crowd({ callers, hasEnded, change }: Omit<Crowd, 'gateway'>): Promise<number> {
  let sent = 0;
  const one = async () => {
    while (!hasEnded()) await change(sent++);
  };
  await Promise.all(Array.from({ length: callers }, one));
  return sent;
}

async function started(sandbox: RunningSandbox, settings: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'read-only-'));
  const audit = { AUDIT_URL: `file:${join(folder, 'audit.db')}` };
  const gateway = await startGateway({
    upstream: sandbox.url,
    ...longLifetimes,
    ...settings,
    AUDIT_URL: auditUrlSchema.parse(audit.AUDIT_URL),
  });
  const put = (headers: Record<string, string>, zone = seededZone) =>
    call(gateway.base + pathOf('/settings', zone), 'PUT', { headers, body: { enabled: true } });
  /** Ends the gateway. Resolves to the events of changes in its audit log. */
  const events = async () => {
    await gateway.close();
    const all = await changesIn(audit);
    rmSync(folder, { recursive: true });
    return all;
  };
  return { gateway, put, events };
}

describe('Changes by a read-only credential, and the cache', () => {
  it.each(caches)(
    'A cache %s keeps its hits while a read-only credential sends changes',
    async (_, startCache) => {
      const cache = await startCache();
      const sandbox = await startSandbox();
      const { gateway, put, events } = await started(sandbox, cache.settings);
      const read = () => call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
      await read();

      let hits = 0;
      let hasEnded = false;
      const statuses = new Set<number>();
      const attackers = ['-1', '-2'].map((name) =>
        crowd({
          callers: 2,
          hasEnded: () => hasEnded,
          change: async () => {
            statuses.add((await put(readOnly(name))).status);
            await sleep(5);
          },
        }),
      );
      for (let time = 0; time < 400; time += 1) {
        if (String((await read()).headers['cache-status']).includes('; hit')) hits += 1;
        await sleep(5);
      }
      hasEnded = true;
      const sent = (await Promise.all(attackers)).reduce((sum, each) => sum + each, 0);

      expect([...statuses]).toEqual([403]);
      expect(sent).toBeGreaterThan(100);
      expect(hits).toBeGreaterThan(380);
      await events();
      await sandbox.close();
      await cache.close();
    },
  );
});

describe('Changes by a read-only credential', () => {
  it.concurrent(
    'The gateway sends and records one refused change a second in a zone, and counts the rest',
    async () => {
      const sandbox = await startSandbox();
      const { put, events } = await started(sandbox);
      await put(readOnly());
      const begunAt = performance.now();
      const seconds = () => (performance.now() - begunAt) / 1000;

      const answers = new Map<string, number>();
      const sent = await crowd({
        callers: 16,
        hasEnded: () => seconds() > 3,
        change: async () => {
          const reply = await put(readOnly());
          const answer = `${reply.status} ${codeOf(reply)}`;
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        },
      });
      const most = Math.ceil(seconds()) + 1;

      expect([...answers.keys()]).toEqual(['403 10000']);
      expect((await sandbox.calls())['settings.update']).toBeLessThanOrEqual(most);
      const all = await events();
      const stages = (stage: string) => all.filter((event) => event.stage === stage);
      expect(stages('intent').length).toBeLessThanOrEqual(most);
      expect(stages('outcome')).toHaveLength(stages('intent').length);
      const denied = stages('denied').filter(({ result }) => result?.reason === 'refused_before');
      expect(denied.length).toBeLessThanOrEqual(2);
      expect(denied[0]?.result).toMatchObject({ status: 'denied', http_status: 403, codes: [10000] });
      expect(stages('intent').length + denied.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(sent + 1);
      await sandbox.close();
    },
  );

  it.concurrent('The gateway sends and records ten refused changes a second over all zones', async () => {
    const sandbox = await startSandbox({ anyZone: true });
    const { gateway, put, events } = await started(sandbox);
    const zones = Array.from({ length: 60 }, (_, index) => zoneOf(index));
    for (const zone of zones)
      await call(gateway.base + pathOf('/settings', zone), 'GET', { headers: readOnly() });
    const begunAt = performance.now();
    const seconds = () => (performance.now() - begunAt) / 1000;

    const statuses = new Set<number>();
    await crowd({
      callers: 30,
      hasEnded: () => seconds() > 3,
      change: async (index) => void statuses.add((await put(readOnly(), zones[index % 60])).status),
    });
    const most = 10 * (Math.ceil(seconds()) + 1);

    expect([...statuses].every((status) => status === 403 || status === 503)).toBe(true);
    const calls = (await sandbox.calls())['settings.update'] ?? 0;
    expect(calls).toBeGreaterThan(10);
    expect(calls).toBeLessThanOrEqual(most);
    const all = await events();
    expect(all.filter(({ stage }) => stage === 'intent')).toHaveLength(calls);
    await sandbox.close();
  });

  it('GraphQL repeats the refusal of Cloudflare without another call', async () => {
    const sandbox = await startSandbox();
    const { gateway, events } = await started(sandbox);
    const input = { zoneId: seededZone, enabled: true };

    const first = await mutate(gateway, 'updateZoneSettings', input, readOnly());
    const second = await mutate(gateway, 'updateZoneSettings', input, readOnly());

    expect(first.payload?.userErrors).toMatchObject([{ code: 'PERMISSION_MISSING', upstreamCode: 10000 }]);
    expect(second).toMatchObject({ errors: [], payload: first.payload });
    expect((await sandbox.calls())['settings.update']).toBe(1);
    const all = await events();
    expect(all.map(({ stage, entry }) => `${stage} ${entry}`)).toEqual([
      'intent graphql',
      'outcome graphql',
      'denied graphql',
    ]);
    await sandbox.close();
  });

  it('A refusal is repeated neither to other credentials nor for another zone', async () => {
    const sandbox = await startSandbox({ anyZone: true });
    const { put, events } = await started(sandbox);
    await put(readOnly());

    const [other, elsewhere] = [await put(bearer), await put(readOnly(), zoneOf(1))];

    expect([other.status, elsewhere.status]).toEqual([200, 403]);
    expect((await sandbox.calls())['settings.update']).toBe(3);
    await events();
    await sandbox.close();
  });
});

describe('Changes by a read-write credential', () => {
  it('A read-write credential makes its first changes in fifty zones at once', async () => {
    const sandbox = await startSandbox({ anyZone: true });
    await sandbox.faults({ latencyMs: 20 });
    const { put, events } = await started(sandbox);

    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => put(bearer, zoneOf(index))));

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    await events();
    await sandbox.close();
  });
});
