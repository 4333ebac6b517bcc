import { describe, expect, it } from '@jest/globals';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { startStage } from '../support/gateway/stage.js';
import { ask } from '../support/graphql/graphql.js';
import { call, codeOf } from '../support/http/http.js';
import { pathOf, seededZone } from '../support/http/requests.js';
import { accept, startUpstream } from '../support/upstream/upstream.js';

const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;

describe('Bearer tokens of many kilobytes', () => {
  it('A token of 8 KiB reads, changes and hits the cache, and reaches Cloudflare whole', async () => {
    const seen: (string | undefined)[] = [];
    await using upstream = await startUpstream(({ headers }, outgoing) => {
      seen.push(headers.authorization);
      accept(outgoing);
    });
    const gateway = await startGateway({ upstream: upstream.url, ...longLifetimes });
    const authorization = `Bearer ${'x'.repeat(8192)}`;
    const headers = { authorization };
    const settings = gateway.base + pathOf('/settings');
    for (const how of ['miss', 'hit']) {
      const reply = await call(settings, 'GET', { headers });
      expect([reply.status, reply.headers['cache-status']]).toEqual([200, expect.stringContaining(how)]);
    }
    const change = await call(settings, 'PUT', { headers, body: { enabled: true } });
    expect(change.status).toBe(200);
    expect((await ask(gateway, query, {}, headers)).errors).toEqual([]);
    await gateway.close();
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set([authorization]));
  });

  it('A longer token is refused with 6003', async () => {
    await using stage = await startStage();
    const headers = { authorization: `Bearer ${'x'.repeat(8193)}` };
    const reply = await stage.ask('GET', pathOf('/settings'), { headers });
    expect([reply.status, codeOf(reply)]).toEqual([400, 6003]);
    expect(stage.recorder.exchanges).toEqual([]);
  });

  it('Headers of more than 16 KiB are refused with 431', async () => {
    await using stage = await startStage();
    const headers = { authorization: `Bearer ${'x'.repeat(8192)}`, cookie: 'x'.repeat(8192) };
    const reply = await stage.ask('GET', pathOf('/settings'), { headers });
    expect([reply.status, codeOf(reply)]).toEqual([431, 99003]);
  });
});
