import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { faces } from '../support/audit/audit-events.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { type Stage, startStage } from '../support/gateway/stage.js';
import { mutate } from '../support/graphql/graphql.js';
import { call, codeOf } from '../support/http/http.js';
import { apiKey, bearer, email, pathOf, seededZone, token } from '../support/http/requests.js';
import { accept, startUpstream } from '../support/upstream/upstream.js';

/** As the sandbox makes it. */
const idOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
const ownId = idOf(token);
const accountOwned = { authorization: `Bearer ${token}-account` };

interface Logged extends AsyncDisposable {
  readonly stage: Stage;
  /** The ids of tokens in the records of changes, in their order: `intent -` without one. */
  readonly ids: () => Promise<string[]>;
  readonly changes: () => Promise<ChainedEvent[]>;
  readonly change: (headers?: Record<string, string>) => ReturnType<typeof call>;
}

async function startLogged(settings: Partial<typeof longLifetimes> = {}): Promise<Logged> {
  const folder = scratchFolder('token-ids');
  const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
  const stage = await startStage({}, { AUDIT_URL: auditUrlSchema.parse(AUDIT_URL), ...settings });
  const changes = () => changesIn({ AUDIT_URL });
  return {
    stage,
    changes,
    ids: async () =>
      (await changes()).map(({ stage, credential }) => `${stage} ${credential?.token_id ?? '-'}`),
    change: (headers = bearer) =>
      call(stage.gateway.base + pathOf('/settings'), 'PUT', { headers, body: { enabled: true } }),
    [Symbol.asyncDispose]: async () => {
      await stage[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const delayed = (operation: 'token.verify' | 'settings.get' | 'settings.update', delayMs: number) =>
  ({ operation, action: { delayMs } }) as const;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('Ids of tokens in audit records', () => {
  it('Intent and outcome have an id that comes before the read that admits the change has ended', async () => {
    await using logged = await startLogged();
    await logged.stage.sandbox.faults({ rules: [delayed('settings.get', 300)] });
    expect((await logged.change()).status).toBe(200);
    expect(await logged.ids()).toEqual([`intent ${ownId}`, `outcome ${ownId}`]);
  });

  it('The outcome alone has an id that comes during the change', async () => {
    await using logged = await startLogged();
    await logged.stage.sandbox.faults({
      rules: [delayed('token.verify', 200), delayed('settings.update', 600)],
    });
    expect((await logged.change()).status).toBe(200);
    expect(await logged.ids()).toEqual(['intent -', `outcome ${ownId}`]);
  });

  it('An id is asked for too where no read is needed to admit the change', async () => {
    await using logged = await startLogged();
    await logged.stage.admit();
    await logged.change();
    await eventually(async () => (await logged.stage.sandbox.verifications()) === 1 || undefined);
    await eventually(async () => {
      await logged.change();
      return (await logged.ids()).includes(`intent ${ownId}`) || undefined;
    });
  });

  it('No change waits for an answer that does not come', async () => {
    await using logged = await startLogged();
    await logged.stage.sandbox.faults({ rules: [{ operation: 'token.verify', action: { hang: 'before' } }] });
    const start = performance.now();
    for (let times = 0; times < 3; times++) expect((await logged.change()).status).toBe(200);
    // The answer is waited for 5 s at most.
    expect(performance.now() - start).toBeLessThan(4000);
    expect(new Set(await logged.ids())).toEqual(new Set(['intent -', 'outcome -']));
  });

  it('Cloudflare is asked once for each token, also by many changes at once, and for no API key', async () => {
    await using logged = await startLogged();
    const { stage, change } = logged;
    const key = { 'x-auth-email': email, 'x-auth-key': apiKey };
    const other = { authorization: `Bearer ${token}-other` };
    const all = Array.from({ length: 60 }, (_, index) => change([bearer, other, key][index % 3]));
    // The sandbox refuses changes at the same time, as Cloudflare does.
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const { verifications } = stage.recorder;
    await eventually(() => verifications.length === 2 || undefined);
    expect(verifications.map(({ headers }) => headers['authorization']).sort()).toEqual(
      [bearer, other].map(({ authorization }) => authorization).sort(),
    );
    expect(await stage.sandbox.verifications()).toBe(2);
    // With the credential and nothing else of the caller.
    const { 'user-agent': agent, via, host, ...headers } = verifications[0]?.headers ?? {};
    expect(headers).toEqual({
      accept: 'application/json',
      authorization: expect.any(String),
      connection: expect.any(String),
    });
    expect([agent, via, host]).toEqual([
      expect.stringMatching(/^origin-pulls-gateway/),
      expect.stringMatching(/^1\.1 origin-pulls-gateway-/),
      expect.any(String),
    ]);
    const byKey = (await logged.changes()).filter(({ credential }) => credential?.kind === 'api_key');
    expect(byKey.length).toBeGreaterThan(0);
    expect(byKey.filter(({ credential }) => 'token_id' in (credential ?? {}))).toEqual([]);
  });

  it('Cloudflare is asked again after ten minutes, and the id stays known meanwhile', async () => {
    await using logged = await startLogged();
    const { stage, change, ids } = logged;
    await change();
    await eventually(async () => {
      await change();
      return (await ids()).at(-2) === `intent ${ownId}` || undefined;
    });
    const now = performance.now.bind(performance);
    const ahead = async (ms: number) => {
      jest.spyOn(performance, 'now').mockImplementation(() => now() + ms);
      await change();
    };
    await stage.sandbox.faults({ rules: [{ operation: 'token.verify', action: { status: 500 } }] });
    await ahead(9 * 60_000);
    expect(await stage.sandbox.verifications()).toBe(1);
    await ahead(11 * 60_000);
    await eventually(async () => (await stage.sandbox.verifications()) === 2 || undefined);
    await ahead(12 * 60_000);
    expect(await stage.sandbox.verifications()).toBe(2);
    expect((await ids()).slice(-6)).toEqual(
      Array.from({ length: 6 }, (_, index) => `${index % 2 ? 'outcome' : 'intent'} ${ownId}`),
    );
  });

  it('A denied change and a read of the log have an id that is known, and wait for none', async () => {
    await using logged = await startLogged();
    const { stage, change, changes } = logged;
    const { base, url } = stage.gateway;
    await change();
    await eventually(async () => {
      await change();
      return (await logged.ids()).at(-2) === `intent ${ownId}` || undefined;
    });
    const strange = 'f'.repeat(32);
    await call(base + pathOf('/settings', strange), 'PUT', { headers: bearer, body: { enabled: true } });
    await call(base + pathOf('/settings'), 'PUT', { headers: bearer, body: 'no JSON' });
    await call(`${url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer });
    const others = await eventually(async () => {
      const found = (await changes()).filter(({ stage }) => stage === 'denied' || stage === 'read');
      return found.length === 3 ? found : undefined;
    });
    expect(others.map(({ credential }) => credential?.token_id)).toEqual([ownId, ownId, ownId]);
    // Malformed requests alone ask Cloudflare nothing.
    const unheard = { authorization: `Bearer ${token}-unheard` };
    await call(base + pathOf('/settings'), 'PUT', { headers: unheard, body: 'no JSON' });
    expect(await stage.sandbox.verifications()).toBe(1);
  });

  it.each(faces)('Over %s, a caller is shown the ids of its own tokens alone', async (_, search) => {
    await using logged = await startLogged();
    const { stage, change } = logged;
    await stage.sandbox.faults({ rules: [delayed('settings.get', 300)] });
    await change();
    const shown = async (headers: Record<string, string>) => {
      const { events } = await search(
        stage.gateway,
        { zone: seededZone, action: 'settings.update' },
        headers,
      );
      return events.map(({ credential }) => credential);
    };
    const [own] = await shown(bearer);
    expect(await shown(bearer)).toEqual([own, own]);
    expect(own).toMatchObject({ kind: 'api_token', token_id: ownId });
    const masked = { kind: own?.kind, fingerprint: own?.fingerprint };
    expect(await shown({ authorization: `Bearer ${token}-other` })).toEqual([masked, masked]);
    expect(await shown({ 'x-auth-email': email, 'x-auth-key': apiKey })).toEqual([masked, masked]);
  });
});

describe('Answers about tokens', () => {
  it('A token that an account owns reads, changes and keeps its entries in the cache, without an id', async () => {
    await using logged = await startLogged(longLifetimes);
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
    ['a list', said([{ id: ownId }])],
    ['an id that is a number', said({ id: 7 })],
    ['an id that is too long', said({ id: `${ownId}0` })],
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
    await using logged = await startLogged();
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
    await using logged = await startLogged();
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
    await using logged = await startLogged();
    const reply = await logged.stage.ask('GET', '/user/tokens/verify');
    expect([reply.status, codeOf(reply)]).toEqual([400, 7003]);
    expect(await logged.stage.sandbox.verifications()).toBe(0);
  });
});
