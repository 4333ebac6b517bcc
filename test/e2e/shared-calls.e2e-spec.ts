import { describe, expect, it } from '@jest/globals';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { caches } from '../support/cache/stores.js';
import { ask } from '../support/graphql/graphql.js';

const settings = pathOf('/settings');
const fresh = { ...bearer, 'cache-control': 'no-cache' };

describe.each(caches)('Single flight of equal reads, with a cache %s', (_, startCache) => {
  async function stage() {
    const cache = await startCache();
    const sandbox = await startSandbox();
    await sandbox.faults({ latencyMs: 50 });
    const gateway = await startGateway({ upstream: sandbox.url, ...longLifetimes, ...cache.settings });
    const read = (headers: Record<string, string>) => call(gateway.base + settings, 'GET', { headers });
    const readAll = (headers: Record<string, string>) =>
      Promise.all(Array.from({ length: 200 }, () => read(headers)));
    const close = async () => {
      await gateway.close();
      await sandbox.close();
      await cache.close();
    };
    return { sandbox, gateway, read, readAll, [Symbol.asyncDispose]: close };
  }

  it('200 reads at once with Cache-Control: no-cache share upstream calls', async () => {
    await using at = await stage();
    await at.read(bearer);

    const replies = await at.readAll(fresh);

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    // They take a second to come in on a busy machine, and a call takes 50 ms.
    expect((await at.sandbox.calls())['settings.get']).toBeLessThan(30);
    const status = replies.map(({ headers }) => String(headers['cache-status']));
    expect(status.filter((each) => each.includes('; collapsed')).length).toBeGreaterThan(150);
  });

  it('200 reads at once during a change of the zone share upstream calls', async () => {
    await using at = await stage();
    await at.read(bearer);
    await at.sandbox.faults({
      latencyMs: 50,
      rules: [{ operation: 'settings.update', count: 1, action: { delayMs: 3000 } }],
    });
    const changing = call(at.gateway.base + settings, 'PUT', { headers: bearer, body: { enabled: false } });
    const isBypassed = async () =>
      String((await at.read(bearer)).headers['cache-status']).includes('fwd=bypass');
    while (!(await isBypassed()));
    const before = (await at.sandbox.calls())['settings.get'] ?? 0;

    const replies = await at.readAll(bearer);

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await at.sandbox.calls())['settings.get']).toBeLessThan(before + 30);
    expect((await changing).status).toBe(200);
    expect(JSON.parse((await at.read(bearer)).body.toString())).toMatchObject({ result: { enabled: false } });
  });

  it('100 GraphQL reads at once share upstream calls', async () => {
    await using at = await stage();
    const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;

    const replies = await Promise.all(Array.from({ length: 100 }, () => ask(at.gateway, query, {}, fresh)));

    expect(replies.flatMap(({ errors }) => errors)).toEqual([]);
    expect((await at.sandbox.calls())['settings.get']).toBeLessThan(30);
  });
});
