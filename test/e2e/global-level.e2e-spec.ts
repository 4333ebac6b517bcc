import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { longLifetimes, otherBearer, startCaching } from '../support/cache/caching.js';
import { isHit } from '../support/cache/rest-caching.js';
import { caches } from '../support/cache/stores.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { codeOf, envelopeOf, type Reply } from '../support/http/http.js';
import { bearer, emptyZone, globalLevelOf, pathOf, seededZone } from '../support/http/requests.js';

const aStage = sharedStage();

const valueOf = (reply: Reply) => (envelopeOf(reply).result as { value: string }).value;

const ofTheZone = (selection: string, zone = seededZone) => `{ zone(id: "${zone}") { ${selection} } }`;
const field = 'globalLevel { enabled missingPermission }';
const shown = (enabled: boolean) => ({ zone: { globalLevel: { enabled, missingPermission: null } } });

/** As cloudflare-go v0 sends it (`cloudflare.go`, `authenticated_origin_pulls.go`): Terraform v4 and flarectl use it. */
function fromGo(stage: Stage, method: 'GET' | 'PATCH', zone: string, body?: string): Promise<Reply> {
  const headers = {
    ...stage.bearer,
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'cloudflare-go/0.115.0',
    'accept-encoding': 'gzip',
  };
  return stage.ask(method, globalLevelOf(zone), { headers, body });
}

describe('The global level over REST', () => {
  it('The requests of cloudflare-go v0 read and switch the global level', async () => {
    const stage = await aStage();

    const first = await fromGo(stage, 'GET', emptyZone);
    expect(first.status).toBe(200);
    expect(envelopeOf(first)).toEqual({
      success: true,
      errors: [],
      messages: [],
      result: { id: 'tls_client_auth', value: 'off', editable: true, modified_on: null },
    });
    for (const value of ['on', 'off']) {
      const changed = await fromGo(stage, 'PATCH', emptyZone, JSON.stringify({ value }));
      expect([changed.status, valueOf(changed)]).toEqual([200, value]);
      expect(changed.body).toEqual(stage.recorder.exchanges.at(-1)?.answer?.body);
      expect(valueOf(await fromGo(stage, 'GET', emptyZone))).toBe(value);
    }
    const sent = stage.recorder.exchanges.filter(({ method }) => method === 'PATCH');
    expect(sent.map(({ url, body }) => `${url} ${body.toString()}`)).toEqual([
      `/client/v4${globalLevelOf(emptyZone)} {"value":"on"}`,
      `/client/v4${globalLevelOf(emptyZone)} {"value":"off"}`,
    ]);
    expect(await stage.sandbox.calls()).toEqual({ 'global_level.get': 3, 'global_level.update': 2 });
  });

  it.each([
    `/zones/${seededZone}/settings/ssl`,
    `/zones/${seededZone}/settings`,
    `/zones/${seededZone}/settings/tls_client_auth/x`,
    `/zones/${seededZone}/settings/TLS_client_auth`,
    `/zones/${seededZone}`,
  ])('%s is answered with 7003 and 7000, and says what is served', async (path) => {
    const stage = await aStage();

    for (const method of ['GET', 'PATCH']) {
      const reply = await stage.ask(method, path, { body: method === 'PATCH' ? { value: 'on' } : undefined });
      const { errors } = envelopeOf(reply);
      expect([reply.status, ...errors.map(({ code }) => code)]).toEqual([400, 7003, 7000]);
      expect(errors[0]?.message).toContain('/zones/{zone_id}/settings/tls_client_auth');
    }
    expect(stage.recorder.exchanges).toHaveLength(0);
  });

  it.each(['PUT', 'POST', 'DELETE'])(
    '%s is refused with 405, and Allow names GET and PATCH',
    async (method) => {
      const stage = await aStage();

      const reply = await stage.ask(method, globalLevelOf(), { body: { value: 'on' } });

      expect([reply.status, codeOf(reply), reply.headers['allow']]).toEqual([405, 99005, 'GET, HEAD, PATCH']);
      expect(stage.recorder.exchanges).toHaveLength(0);
    },
  );

  it.each([
    ['not JSON', '{"value":', 400, 99002],
    ['too large', JSON.stringify({ value: 'x'.repeat(17 * 1024) }), 413, 99003],
  ])('A change whose body is %s is refused, and not sent', async (_, body, status, code) => {
    const stage = await aStage();
    const headers = { ...stage.bearer, 'content-type': 'application/json' };

    const reply = await stage.ask('PATCH', globalLevelOf(), { headers, body });

    expect([reply.status, codeOf(reply)]).toEqual([status, code]);
    expect(stage.recorder.exchanges).toHaveLength(0);
  });
});

describe('The global level over GraphQL', () => {
  it.each([
    ['a value that is neither on nor off', { mergeResult: { value: 'zrt' } }],
    ['no value', { mergeResult: { value: null } }],
    ['a list of none', { status: 200, body: { success: true, result: [] } }],
  ])('An answer with %s is UPSTREAM_INVALID, and the rest arrives', async (_, action) => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'global_level.get', action }] });

    const { data, errors } = await ask(stage.gateway, ofTheZone(`${field} settings { enabled }`));

    expect(data).toEqual({ zone: { globalLevel: null, settings: { enabled: true } } });
    expect(errors).toMatchObject([
      { path: ['zone', 'globalLevel'], extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } },
    ]);
  });

  it('A change whose answer has no value says that it was made', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'global_level.update', action: { mergeResult: { value: null } } }],
    });

    const { errors } = await mutate(stage.gateway, 'updateGlobalLevel', {
      zoneId: seededZone,
      enabled: false,
    });

    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^The change was made\. .* Operation [0-9a-f-]{36}\.$/),
        extensions: { code: 'UPSTREAM_INVALID', operationId: expect.any(String) },
      },
    ]);
  });

  it('An unknown value is a user error with the code of Cloudflare', async () => {
    const stage = await aStage();
    const body = { success: false, errors: [{ code: 1007, message: 'Invalid value for zone setting' }] };
    await stage.sandbox.faults({
      rules: [{ operation: 'global_level.update', action: { status: 400, body } }],
    });

    const { errors, payload } = await mutate(stage.gateway, 'updateGlobalLevel', {
      zoneId: seededZone,
      enabled: true,
    });

    expect(errors).toEqual([]);
    expect(payload).toMatchObject({
      globalLevel: null,
      userErrors: [{ code: 'REJECTED', upstreamCode: 1007 }],
    });
  });
});

describe.each(caches)('The global level and a cache %s', (_, startCache) => {
  it('A change is seen by the next read over both faces, and is recorded with the states around it', async () => {
    const cache = await startCache();
    const folder = scratchFolder('global-level');
    const AUDIT_URL = `file:${folder}/audit.db`;
    await using stage = await startCaching({ ...cache.settings, AUDIT_URL: auditUrlSchema.parse(AUDIT_URL) });
    const overRest = (headers = bearer) => stage.ask('GET', globalLevelOf(), { headers });
    const overGraphQL = async (headers = bearer) =>
      (await ask(stage.gateway, ofTheZone(field), {}, headers)).data;

    await overRest();
    expect(isHit(await overRest())).toBe(true);
    expect(await overGraphQL()).toEqual(shown(true));
    expect(valueOf(await overRest(otherBearer))).toBe('on');
    expect((await stage.ask('PATCH', globalLevelOf(), { body: { value: 'off' } })).status).toBe(200);
    for (const headers of [bearer, otherBearer]) {
      expect(valueOf(await overRest(headers))).toBe('off');
      expect(await overGraphQL(headers)).toEqual(shown(false));
    }
    const { payload } = await mutate(stage.gateway, 'updateGlobalLevel', {
      zoneId: seededZone,
      enabled: true,
    });
    expect(payload).toEqual({ globalLevel: { enabled: true, missingPermission: null }, userErrors: [] });
    for (const headers of [bearer, otherBearer]) {
      expect(valueOf(await overRest(headers))).toBe('on');
      expect(await overGraphQL(headers)).toEqual(shown(true));
    }

    const outcomes = (await changesIn({ AUDIT_URL })).filter(({ stage: each }) => each === 'outcome');
    const state = (enabled: boolean) => ({ global_level: { enabled } });
    expect(outcomes.map(({ action, entry, target, change }) => ({ action, entry, target, change }))).toEqual([
      {
        action: 'global_level.update',
        entry: 'rest',
        target: { zone_id: seededZone },
        change: { before: state(true), after: state(false) },
      },
      {
        action: 'global_level.update',
        entry: 'graphql',
        target: { zone_id: seededZone },
        change: { before: state(false), after: state(true) },
      },
    ]);
    const search = `filter: { action: "global_level.update", status: SUCCESS }`;
    const { data } = await ask(
      stage.gateway,
      ofTheZone(
        `auditEvents(first: 1, ${search}) { nodes { change { after { __typename ... on AuditGlobalLevelState { enabled known } } } } }`,
      ),
    );
    expect(data).toEqual({
      zone: {
        auditEvents: {
          nodes: [
            {
              change: { after: [{ __typename: 'AuditGlobalLevelState', enabled: true, known: ['enabled'] }] },
            },
          ],
        },
      },
    });
    await cache.close();
    rmSync(folder, { recursive: true });
  });

  it('A change of the global level is fenced: reads of the zone meanwhile are not kept', async () => {
    const cache = await startCache();
    await using stage = await startCaching({ ...cache.settings, ...longLifetimes });
    for (const path of [globalLevelOf(), pathOf('/settings')]) await stage.ask('GET', path);
    await stage.sandbox.faults({
      rules: [{ operation: 'global_level.update', action: { delayMs: 1000, when: 'after' } }],
    });

    const changing = stage.ask('PATCH', globalLevelOf(), { body: { value: 'off' } });
    await eventually(async () => (await stage.sandbox.calls())['global_level.update']);
    const during = await Promise.all(
      [globalLevelOf(), pathOf('/settings')].map((path) => stage.ask('GET', path)),
    );

    expect(during.map(({ headers }) => headers['cache-status'])).toEqual(
      Array(2).fill('origin-pulls-gateway; fwd=bypass'),
    );
    expect((await changing).status).toBe(200);
    expect(valueOf(await stage.ask('GET', globalLevelOf()))).toBe('off');
    await cache.close();
  });
});
