import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { call, type CallOptions } from '../support/http/http.js';
import { anUpload, bearer, email, pathOf, seededZone, zoneCertificate } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

// `npm run test:audit-denied` makes all 10,000. Both sizes have credentials enough to fill the log, were their events unbounded.
const refusals = Number(process.env['AUDIT_DENIALS'] ?? 2000);
const madeUp = 1000;

const input = { zoneId: seededZone, enabled: true };
const target = { zone_id: seededZone };
const body = { enabled: true };

interface Logged extends AsyncDisposable {
  readonly gateway: RunningGateway;
  /** What is in its log of changes. */
  changes(): Promise<ChainedEvent[]>;
}

async function startLogged(sandbox: RunningSandbox): Promise<Logged> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-denied-'));
  const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
  const gateway = await startGateway({ upstream: sandbox.url, AUDIT_URL: auditUrlSchema.parse(AUDIT_URL) });
  return {
    gateway,
    changes: () => changesIn({ AUDIT_URL }),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * One gateway for the tests of a `describe`, with credentials of its own for each test: denied changes of one credential
 * are counted together.
 */
function sharedLogged(sandbox: () => RunningSandbox) {
  let logged: Logged;
  let times = 0;
  let earlier = 0;
  beforeAll(async () => void (logged = await startLogged(sandbox())));
  afterAll(async () => await logged?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    times += 1;
    earlier = (await logged.changes()).length;
  });
  /** Those of the running test. */
  const changes = async () => (await logged.changes()).slice(earlier);
  const own = () => ({ authorization: `${bearer.authorization}-${times}` });
  return {
    gateway: (): RunningGateway => ({ ...logged.gateway, bearer: own() }),
    bearer: own,
    unknownToken: () => unknownToken(times),
    changes,
    denials: (): Promise<ChainedEvent[]> =>
      eventually(async () => {
        const found = (await changes()).filter(({ stage }) => stage === 'denied');
        return found.length >= 1 ? found : undefined;
      }),
  };
}

const unknownToken = (number: number) => ({
  authorization: `Bearer unknown-token-${number}-${'0'.repeat(32)}`,
});

describe('Records of refused changes', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox?.close());
  beforeEach(() => sandbox.reset());

  describe('REST', () => {
    const { gateway, bearer, unknownToken, changes, denials } = sharedLogged(() => sandbox);
    const put = (options: CallOptions) => call(gateway().base + pathOf('/settings'), 'PUT', options);

    it.each<[string, () => Promise<unknown>, object]>([
      [
        'without credentials',
        () => put({ body, headers: {} }),
        { target, actor: { type: 'unknown' }, result: { http_status: 400, codes: [9106] } },
      ],
      [
        'with malformed credentials',
        () => put({ body, headers: { authorization: 'Basic x' } }),
        { target, actor: { type: 'unknown' }, result: { http_status: 400, codes: [6003] } },
      ],
      [
        'with an unknown token',
        () => put({ body, headers: unknownToken() }),
        {
          target,
          actor: { type: 'user', verified: false, id: expect.stringMatching(/^fp_/) },
          result: { reason: 'not_admitted', codes: [expect.any(Number)] },
        },
      ],
      [
        'for an invalid zone id',
        () => call(gateway().base + pathOf('/settings', 'zone'), 'PUT', { body, headers: bearer() }),
        { result: { http_status: 400, codes: [7003] } },
      ],
      [
        'for a zone of another account',
        () => call(gateway().base + pathOf('/settings', 'f'.repeat(32)), 'PUT', { body, headers: bearer() }),
        { target: { zone_id: 'f'.repeat(32) }, result: { reason: 'not_admitted' } },
      ],
      [
        'with a body that is not JSON',
        () => put({ body: '{"enabled":', headers: { ...bearer(), 'content-type': 'application/json' } }),
        { target, result: { http_status: 400, codes: [99002], reason: 'body_not_json' } },
      ],
      [
        'with another content type',
        () => put({ body: 'enabled', headers: { ...bearer(), 'content-type': 'text/plain' } }),
        { target, result: { http_status: 415, codes: [99004] } },
      ],
      [
        'with a body that is too large',
        () => put({ body: { enabled: 'x'.repeat(20_000) }, headers: bearer() }),
        { target, result: { http_status: 413, codes: [99003] } },
      ],
    ])('A change over REST %s leaves one denied record', async (_, send, expected) => {
      await send();
      expect(await denials()).toMatchObject([
        { stage: 'denied', action: 'settings.update', entry: 'rest', result: { status: 'denied' } },
      ]);
      expect(await denials()).toMatchObject([expected]);
      expect(await changes()).toHaveLength(1);
    });

    it('An upload over REST with a private key in the certificate leaves a denied record', async () => {
      const upload = await anUpload();
      await call(gateway().base + pathOf(''), 'POST', {
        headers: bearer(),
        body: { ...upload, certificate: upload.certificate + upload.private_key },
      });
      expect(await denials()).toMatchObject([
        { action: 'zone_certificate.upload', target, result: { codes: [99001] } },
      ]);
    });

    it('The record of a denied deletion names the certificate', async () => {
      await call(gateway().base + pathOf(`/${zoneCertificate}`), 'DELETE', { headers: unknownToken() });
      expect(await denials()).toMatchObject([
        { action: 'zone_certificate.delete', target: { ...target, certificate_id: zoneCertificate } },
      ]);
    });

    it('A change whose caller hangs up within the body leaves a denied record', async () => {
      const caller = request(gateway().base + pathOf('/settings'), {
        method: 'PUT',
        agent: false,
        headers: { ...bearer(), 'content-type': 'application/json', 'content-length': 100 },
      });
      caller.on('error', () => undefined);
      await new Promise((resolve) => caller.write('{"enabled": ', resolve));
      caller.destroy();
      expect(await denials()).toMatchObject([{ action: 'settings.update', target }]);
    });

    it('A change whose caller hangs up after the request leaves an intent and an outcome', async () => {
      await sandbox.faults({ latencyMs: 300 });
      const caller = request(gateway().base + pathOf('/settings'), {
        method: 'PUT',
        agent: false,
        headers: { ...bearer(), 'content-type': 'application/json' },
      });
      caller.on('error', () => undefined);
      caller.end(JSON.stringify(body));
      await eventually(async () => ((await sandbox.calls())['settings.get'] ? true : undefined));
      caller.destroy();
      const stages = await eventually(async () => {
        const found = (await changes()).map(({ stage }) => stage);
        return found.includes('outcome') ? found : undefined;
      });
      expect(stages).toEqual(['intent', 'outcome']);
    });

    it('The record of a denied change names the e-mail address in its actor alone', async () => {
      await put({ body, headers: { 'x-auth-email': email, 'x-auth-key': '0'.repeat(32) } });
      const [found] = await denials();
      expect(found).toMatchObject({ actor: { id: email, verified: false }, credential: { kind: 'api_key' } });
      expect(JSON.stringify({ ...found, actor: null })).not.toContain(email);
    });
  });

  describe('GraphQL', () => {
    const { gateway, unknownToken, changes, denials } = sharedLogged(() => sandbox);

    it.each<[string, () => Promise<unknown>, object]>([
      [
        'without credentials',
        () => mutate(gateway(), 'updateZoneSettings', input, {}),
        { target, actor: { type: 'unknown' }, result: { reason: 'unauthenticated' } },
      ],
      [
        'with an unknown token',
        () => mutate(gateway(), 'updateZoneSettings', input, unknownToken()),
        { target, actor: { type: 'user', verified: false }, result: { reason: 'not_admitted' } },
      ],
      [
        'for an invalid zone id',
        () => mutate(gateway(), 'updateZoneSettings', { ...input, zoneId: 'zone' }),
        { result: { reason: 'invalid_input' } },
      ],
      [
        'with a variable of the wrong type',
        () => mutate(gateway(), 'updateZoneSettings', { ...input, enabled: 'perhaps' }),
        { result: { reason: 'bad_user_input' } },
      ],
      [
        'with an unknown field',
        () =>
          ask(
            gateway(),
            `mutation { updateZoneSettings(input: {zoneId: "${seededZone}", enabled: true}) { no } }`,
          ),
        { target, result: { reason: 'graphql_validation_failed' } },
      ],
      [
        'with an unknown field in a fragment',
        () =>
          ask(
            gateway(),
            `mutation { ...F } fragment F on Mutation {
               updateZoneSettings(input: {zoneId: "${seededZone}", enabled: true}) { no }
             }`,
          ),
        { target },
      ],
      [
        'twice in one operation',
        () => {
          const change = `updateZoneSettings(input: {zoneId: "${seededZone}", enabled: true}) { settings { enabled } }`;
          return ask(gateway(), `mutation { a: ${change} b: ${change} }`);
        },
        { target, result: { reason: 'limit_exceeded' } },
      ],
    ])('A change over GraphQL %s leaves one denied record', async (_, send, expected) => {
      await send();
      expect(await denials()).toMatchObject([
        { stage: 'denied', action: 'settings.update', entry: 'graphql', result: { status: 'denied' } },
      ]);
      expect(await denials()).toMatchObject([expected]);
      expect(await changes()).toHaveLength(1);
    });

    it('A mutation that answers userErrors leaves a denied record', async () => {
      const { certificate, private_key: privateKey } = await anUpload();
      const { private_key: key } = await anUpload();
      const { payload } = await mutate(gateway(), 'uploadZoneCertificate', {
        zoneId: seededZone,
        certificate: certificate + key,
        privateKey,
      });
      expect(payload?.userErrors).not.toEqual([]);
      expect(await denials()).toMatchObject([{ action: 'zone_certificate.upload', target }]);
    });

    it('A mutation with a private key in its document leaves a denied record without the key', async () => {
      const { certificate, private_key: privateKey } = await anUpload();
      const given = JSON.stringify({ zoneId: seededZone, certificate, privateKey }).replace(
        /"(\w+)":/g,
        '$1:',
      );
      const { errors } = await ask(
        gateway(),
        `mutation { uploadZoneCertificate(input: ${given}) { certificate { id: cloudflareId } } }`,
      );
      expect(errors).not.toEqual([]);
      const found = await denials();
      expect(found).toMatchObject([{ action: 'zone_certificate.upload' }]);
      expect(JSON.stringify(found)).not.toContain('PRIVATE');
    });

    it('Requests that ask for no change leave no denied record', async () => {
      await ask(gateway(), '{ nothing }');
      await ask(gateway(), 'mutation { __typename }');
      await ask(gateway(), 'mutation { noSuchThing }');
      await ask(gateway(), 'mutation {');
      await call(gateway().base + pathOf('/settings'), 'GET', { headers: unknownToken() });
      await mutate(gateway(), 'updateZoneSettings', input, unknownToken());
      await denials();
      expect(await changes()).toHaveLength(1);
    });
  });

  it(`${refusals} refusals leave few records, whose counts add up to all of them`, async () => {
    await using logged = await startLogged(sandbox);
    // Some callers keep their credential, the others make up a new one each time: neither may fill the log.
    const headersOf = (index: number) => unknownToken(index % (refusals / madeUp) === 0 ? index : -1);
    let sent = 0;
    const flood = async () => {
      while (sent < refusals)
        await call(logged.gateway.base + pathOf('/settings'), 'PUT', {
          headers: headersOf(sent++),
          body: '{',
        });
    };
    await Promise.all(Array.from({ length: 16 }, flood));
    // Its end stores the counts.
    await logged.gateway.close();
    const found = (await logged.changes()).filter(({ stage }) => stage === 'denied');
    process.stdout.write(`${JSON.stringify({ refused: refusals, events: found.length })}\n`);
    expect(found.length).toBeLessThan(madeUp);
    expect(found.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(refusals);
  });
});
