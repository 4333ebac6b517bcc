import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { faces } from '../support/audit/audit-events.js';
import { delayed, startLoggedStage } from '../support/audit/logged-stage.js';
import { eventually } from '../support/basics/eventually.js';
import { call } from '../support/http/http.js';
import { apiKey, bearer, email, pathOf, seededZone, token } from '../support/http/requests.js';

/** As the sandbox makes it. */
const ownId = createHash('sha256').update(token).digest('hex').slice(0, 32);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('Ids of tokens in audit records', () => {
  it('Intent and outcome have an id that comes before the read that admits the change has ended', async () => {
    await using logged = await startLoggedStage();
    await logged.stage.sandbox.faults({ rules: [delayed('settings.get', 300)] });
    expect((await logged.change()).status).toBe(200);
    expect(await logged.ids()).toEqual([`intent ${ownId}`, `outcome ${ownId}`]);
  });

  it('The outcome alone has an id that comes during the change', async () => {
    await using logged = await startLoggedStage();
    await logged.stage.sandbox.faults({
      rules: [delayed('token.verify', 200), delayed('settings.update', 600)],
    });
    expect((await logged.change()).status).toBe(200);
    expect(await logged.ids()).toEqual(['intent -', `outcome ${ownId}`]);
  });

  it('An id is asked for too where no read is needed to admit the change', async () => {
    await using logged = await startLoggedStage();
    await logged.stage.admit();
    await logged.change();
    await eventually(async () => (await logged.stage.sandbox.verifications()) === 1 || undefined);
    await eventually(async () => {
      await logged.change();
      return (await logged.ids()).includes(`intent ${ownId}`) || undefined;
    });
  });

  it('No change waits for an answer that does not come', async () => {
    await using logged = await startLoggedStage();
    await logged.stage.sandbox.faults({ rules: [{ operation: 'token.verify', action: { hang: 'before' } }] });
    const start = performance.now();
    for (let times = 0; times < 3; times++) expect((await logged.change()).status).toBe(200);
    // The answer is waited for 5 s at most.
    expect(performance.now() - start).toBeLessThan(4000);
    expect(new Set(await logged.ids())).toEqual(new Set(['intent -', 'outcome -']));
  });

  it('Cloudflare is asked once for each token, also by many changes at once, and for no API key', async () => {
    await using logged = await startLoggedStage();
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
    await using logged = await startLoggedStage();
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
    await using logged = await startLoggedStage();
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
    await using logged = await startLoggedStage();
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
