import { rmSync } from 'node:fs';
import { type RequestListener } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { delayed, startLoggedStage } from '../support/audit/logged-stage.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { mutate } from '../support/graphql/graphql.js';
import { call, codeOf } from '../support/http/http.js';
import { pathOf, seededZone, token } from '../support/http/requests.js';
import { accept, startUpstream } from '../support/upstream/upstream.js';

const accountOwned = { authorization: `Bearer ${token}-account` };
/** A well-formed id of a token. */
const anId = 'ed17574386854bf78a67040be0a770b0';

describe('Answers about tokens', () => {
  it('A token that an account owns reads, changes and keeps its entries in the cache, without an id', async () => {
    await using logged = await startLoggedStage(longLifetimes);
    const { stage, change } = logged;
    const read = () => stage.ask('GET', pathOf('/hostnames'), { headers: accountOwned });
    await stage.sandbox.faults({ rules: [delayed('token.verify', 500)] });
    expect((await change(accountOwned)).status).toBe(200);
    expect((await read()).headers['cache-status']).toMatch(/; fwd=miss; stored/);
    const { verifications } = stage.recorder;
    expect(verifications.map(({ answer }) => answer)).toEqual([undefined]);
    await eventually(() => verifications[0]?.answer?.status === 401 || undefined);
    await sleep(100);
    expect((await read()).headers['cache-status']).toMatch(/; hit/);
    const { payload } = await mutate(
      stage.gateway,
      'updateZoneSettings',
      { zoneId: seededZone, enabled: true },
      accountOwned,
    );
    expect(payload?.userErrors).toEqual([]);
    expect((await read()).headers['cache-status']).toMatch(/; fwd=miss/);
    expect((await read()).headers['cache-status']).toMatch(/; hit/);
    expect(await logged.ids()).toEqual(['intent -', 'outcome -', 'intent -', 'outcome -']);
    expect(await stage.sandbox.verifications()).toBe(1);
  });

  const json = (status: number, body: unknown): RequestListener => {
    return (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
  };
  const refused = (code: number) => ({ success: false, errors: [{ code, message: 'x' }], result: null });
  const said = (result: unknown) => json(200, { success: true, errors: [], messages: [], result });

  it.each<[string, RequestListener]>([
    ['400 with 6003, malformed headers', json(400, refused(6003))],
    ['401', json(401, refused(1000))],
    ['403 with 9109, an invalid token', json(403, refused(9109))],
    ['403 with 10000, no permission', json(403, refused(10000))],
    ['404', json(404, refused(7003))],
    ['429', json(429, refused(971))],
    ['500', json(500, refused(1000))],
    ['a refusal within 200', json(200, refused(10000))],
    ['a redirect', (_, outgoing) => outgoing.writeHead(302, { location: 'https://example.com/' }).end()],
    ['HTML', (_, outgoing) => outgoing.writeHead(403, { 'content-type': 'text/html' }).end('<p>Forbidden')],
    ['nothing', (_, outgoing) => outgoing.end()],
    [
      'half an answer',
      (_, outgoing) => outgoing.writeHead(200).write('{"success":', () => outgoing.destroy()),
    ],
    ['no answer', (incoming) => incoming.socket.destroy()],
    ['no result', said(null)],
    ['a list', said([{ id: anId }])],
    ['an id that is a number', said({ id: 7 })],
    ['an id that is too long', said({ id: `${anId}0` })],
    ['an id in capitals', said({ id: 'ABCDEF0123456789'.repeat(2) })],
    ['the token as the id', said({ id: 'cafe'.repeat(8) })],
  ])('An answer of %s leaves what is kept, and admits nothing', async (_, verify) => {
    const own = { authorization: `Bearer ${'cafe'.repeat(8)}` };
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let verified = 0;
    let reads = 0;
    const folder = scratchFolder('token-answers');
    const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
    await using upstream = await startUpstream(
      (incoming, outgoing) => {
        incoming.resume();
        if (incoming.method === 'GET') reads += 1;
        // Another zone is refused.
        if (incoming.url?.includes(seededZone)) accept(outgoing);
        else json(403, refused(10000))(incoming, outgoing);
      },
      (incoming, outgoing) => {
        verified += 1;
        asked.resolve();
        void released.promise.then(() => verify(incoming, outgoing));
      },
    );
    const gateway = await startGateway({
      upstream: upstream.url,
      AUDIT_URL: auditUrlSchema.parse(AUDIT_URL),
      ...longLifetimes,
    });
    try {
      const ask = (method: string, zone: string, body?: unknown) =>
        call(gateway.base + pathOf('/settings', zone), method, { headers: own, body });
      const read = async () => (await ask('GET', seededZone)).headers['cache-status'];
      expect((await ask('PUT', seededZone, { enabled: true })).status).toBe(200);
      await read();
      await asked.promise;
      released.resolve();
      await eventually(async () => {
        const metrics = await (await fetch(gateway.metricsUrl)).text();
        return (
          /^upstream_call_duration_seconds_count\{operation="token\.verify".* 1$/m.test(metrics) || undefined
        );
      });
      const before = reads;
      expect(await read()).toMatch(/; hit/);
      // Still admitted: no read is made.
      expect((await ask('PUT', seededZone, { enabled: true })).status).toBe(200);
      expect(reads).toBe(before);
      const other = await ask('PUT', 'f'.repeat(32), { enabled: true });
      expect([other.status, codeOf(other)]).toEqual([403, 10000]);
      expect(verified).toBe(1);
      const changes = await changesIn({ AUDIT_URL });
      expect(changes.map(({ credential }) => credential?.token_id)).toEqual(changes.map(() => undefined));
    } finally {
      await gateway.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('A valid token is admitted to no zone by it', async () => {
    await using logged = await startLoggedStage();
    const { stage, change, changes } = logged;
    await change();
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.get', action: { status: 403, body: refused(10000) } }],
    });
    const other = { authorization: `Bearer ${token}-refused` };
    expect((await change(other)).status).toBe(403);
    await eventually(async () => (await stage.sandbox.verifications()) === 2 || undefined);
    expect((await change(other)).status).toBe(403);
    expect((await stage.sandbox.calls())['settings.update']).toBe(1);
    const denied = await eventually(async () => {
      const found = (await changes()).filter(({ stage }) => stage === 'denied');
      return found.length > 0 ? found : undefined;
    });
    expect(denied[0]?.result).toMatchObject({ reason: 'not_admitted' });
  });

  it('Questions about tokens take no place of reads: they are counted apart', async () => {
    await using logged = await startLoggedStage();
    const { stage, change } = logged;
    await stage.sandbox.faults({ rules: [{ operation: 'token.verify', action: { hang: 'before' } }] });
    await change();
    const metrics = async () => (await fetch(stage.gateway.metricsUrl)).text();
    expect(await metrics()).toContain('upstream_calls{kind="token",state="under_way"} 1');
    expect(await metrics()).toContain('upstream_calls{kind="read",state="under_way"} 0');
    await stage.sandbox.faults();
    await eventually(
      async () =>
        (await metrics()).includes(
          'upstream_call_duration_seconds_count{operation="token.verify",result="upstream_timeout"} 1',
        ) || undefined,
    );
  });

  it('The gateway has no route to it', async () => {
    await using logged = await startLoggedStage();
    const reply = await logged.stage.ask('GET', '/user/tokens/verify');
    expect([reply.status, codeOf(reply)]).toEqual([400, 7003]);
    expect(await logged.stage.sandbox.verifications()).toBe(0);
  });
});
