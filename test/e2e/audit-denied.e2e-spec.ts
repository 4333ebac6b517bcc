import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { call, type CallOptions } from '../support/http/http.js';
import { anUpload, bearer, email, pathOf, seededZone, zoneCertificate } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const unknownToken = { authorization: 'Bearer nobody-knows-this-token-00000000' };
const input = { zoneId: seededZone, enabled: true };

describe('A change that is refused', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  let folder: string;
  const environment = () => ({ AUDIT_URL: `file:${join(folder, 'audit.db')}` });
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox?.close());
  beforeEach(async () => {
    await sandbox.reset();
    folder = mkdtempSync(join(tmpdir(), 'audit-denied-'));
    gateway = await startGateway({
      upstream: sandbox.url,
      AUDIT_URL: auditUrlSchema.parse(environment().AUDIT_URL),
    });
  });
  afterEach(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true });
  });

  const put = (options: CallOptions) => call(gateway.base + pathOf('/settings'), 'PUT', options);
  const denials = async (most = 1): Promise<ChainedEvent[]> =>
    eventually(async () => {
      const found = (await changesIn(environment())).filter(({ stage }) => stage === 'denied');
      return found.length >= most ? found : undefined;
    });

  const target = { zone_id: seededZone };
  const body = { enabled: true };
  const key = async () => (await anUpload()).private_key;

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
      'with a token that Cloudflare does not know',
      () => put({ body, headers: unknownToken }),
      {
        target,
        actor: { type: 'user', verified: false, id: expect.stringMatching(/^fp_/) },
        result: { reason: 'not_admitted', codes: [expect.any(Number)] },
      },
    ],
    [
      'for a zone that is none',
      () => call(gateway.base + pathOf('/settings', 'zone'), 'PUT', { body, headers: bearer }),
      { result: { http_status: 400, codes: [7003] } },
    ],
    [
      'for a zone that is not the caller’s',
      () => call(gateway.base + pathOf('/settings', 'f'.repeat(32)), 'PUT', { body, headers: bearer }),
      { target: { zone_id: 'f'.repeat(32) }, result: { reason: 'not_admitted' } },
    ],
    [
      'that is not JSON',
      () => put({ body: '{"enabled":', headers: { ...bearer, 'content-type': 'application/json' } }),
      { target, result: { http_status: 400, codes: [99002], reason: 'body_not_json' } },
    ],
    [
      'of another content type',
      () => put({ body: 'enabled', headers: { ...bearer, 'content-type': 'text/plain' } }),
      { target, result: { http_status: 415, codes: [99004] } },
    ],
    [
      'that is too large',
      () => put({ body: { enabled: 'x'.repeat(20_000) }, headers: bearer }),
      { target, result: { http_status: 413, codes: [99003] } },
    ],
  ])('over REST, %s, leaves that', async (_, send, expected) => {
    await send();
    expect(await denials()).toMatchObject([
      { stage: 'denied', action: 'settings.update', entry: 'rest', result: { status: 'denied' } },
    ]);
    expect(await denials()).toMatchObject([expected]);
    expect(await changesIn(environment())).toHaveLength(1);
  });

  it('over REST, with a private key in the certificate field, leaves that', async () => {
    const upload = await anUpload();
    await call(gateway.base + pathOf(''), 'POST', {
      headers: bearer,
      body: { ...upload, certificate: upload.certificate + upload.private_key },
    });
    expect(await denials()).toMatchObject([
      { action: 'zone_certificate.upload', target, result: { codes: [99001] } },
    ]);
  });

  it('names the certificate that was to be deleted', async () => {
    await call(gateway.base + pathOf(`/${zoneCertificate}`), 'DELETE', { headers: unknownToken });
    expect(await denials()).toMatchObject([
      { action: 'zone_certificate.delete', target: { ...target, certificate_id: zoneCertificate } },
    ]);
  });

  it('since its caller hung up before it was whole leaves that', async () => {
    const caller = request(gateway.base + pathOf('/settings'), {
      method: 'PUT',
      agent: false,
      headers: { ...bearer, 'content-type': 'application/json', 'content-length': 100 },
    });
    caller.on('error', () => undefined);
    await new Promise((resolve) => caller.write('{"enabled": ', resolve));
    caller.destroy();
    expect(await denials()).toMatchObject([{ action: 'settings.update', target }]);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    [
      'without credentials',
      () => mutate(gateway, 'updateZoneSettings', input, {}),
      { target, actor: { type: 'unknown' }, result: { reason: 'unauthenticated' } },
    ],
    [
      'with a token that Cloudflare does not know',
      () => mutate(gateway, 'updateZoneSettings', input, unknownToken),
      { target, actor: { type: 'user', verified: false }, result: { reason: 'not_admitted' } },
    ],
    [
      'for a zone that is none',
      () => mutate(gateway, 'updateZoneSettings', { ...input, zoneId: 'zone' }),
      { result: { reason: 'invalid_input' } },
    ],
    [
      'with a variable of the wrong type',
      () => mutate(gateway, 'updateZoneSettings', { ...input, enabled: 'perhaps' }),
      { result: { reason: 'bad_user_input' } },
    ],
    [
      'with a field that is not there',
      () =>
        ask(
          gateway,
          `mutation { updateZoneSettings(input: {zoneId: "${seededZone}", enabled: true}) { no } }`,
        ),
      { target, result: { reason: 'graphql_validation_failed' } },
    ],
    [
      'in a fragment',
      () =>
        ask(
          gateway,
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
        return ask(gateway, `mutation { a: ${change} b: ${change} }`);
      },
      { target, result: { reason: 'limit_exceeded' } },
    ],
  ])('over GraphQL, %s, leaves that', async (_, send, expected) => {
    await send();
    expect(await denials()).toMatchObject([
      { stage: 'denied', action: 'settings.update', entry: 'graphql', result: { status: 'denied' } },
    ]);
    expect(await denials()).toMatchObject([expected]);
    expect(await changesIn(environment())).toHaveLength(1);
  });

  it('over GraphQL, for what the caller can mend, leaves that', async () => {
    const { certificate, private_key: privateKey } = await anUpload();
    const { payload } = await mutate(gateway, 'uploadZoneCertificate', {
      zoneId: seededZone,
      certificate: certificate + (await key()),
      privateKey,
    });
    expect(payload?.userErrors).not.toEqual([]);
    expect(await denials()).toMatchObject([{ action: 'zone_certificate.upload', target }]);
  });

  it('over GraphQL, with the private key in the document, leaves that and not the key', async () => {
    const { certificate, private_key: privateKey } = await anUpload();
    const given = JSON.stringify({ zoneId: seededZone, certificate, privateKey }).replace(/"(\w+)":/g, '$1:');
    const { errors } = await ask(
      gateway,
      `mutation { uploadZoneCertificate(input: ${given}) { certificate { id } } }`,
    );
    expect(errors).not.toEqual([]);
    const found = await denials();
    expect(found).toMatchObject([{ action: 'zone_certificate.upload' }]);
    expect(JSON.stringify(found)).not.toContain('PRIVATE');
  });

  it('is none where nothing was to be changed', async () => {
    await ask(gateway, '{ nothing }');
    await ask(gateway, 'mutation { __typename }');
    await ask(gateway, 'mutation { noSuchThing }');
    await ask(gateway, 'mutation {');
    await call(gateway.base + pathOf('/settings'), 'GET', { headers: unknownToken });
    await mutate(gateway, 'updateZoneSettings', input, {});
    await denials();
    expect(await changesIn(environment())).toHaveLength(1);
  });

  it('is not one that was made after its caller had hung up', async () => {
    await sandbox.faults({ latencyMs: 300 });
    const caller = request(gateway.base + pathOf('/settings'), {
      method: 'PUT',
      agent: false,
      headers: { ...bearer, 'content-type': 'application/json' },
    });
    caller.on('error', () => undefined);
    caller.end(JSON.stringify(body));
    await eventually(async () => ((await sandbox.calls())['settings.get'] ? true : undefined));
    caller.destroy();
    const stages = await eventually(async () => {
      const found = (await changesIn(environment())).map(({ stage }) => stage);
      return found.includes('outcome') ? found : undefined;
    });
    expect(stages).toEqual(['intent', 'outcome']);
  });

  it('10,000 times leaves few events, which count them all', async () => {
    const times = 10_000;
    // Each caller says who it is, or makes it up each time: neither may fill the log.
    const headersOf = (index: number) =>
      index % 10 === 0 ? { authorization: `Bearer made-up-${index}-${'0'.repeat(32)}` } : unknownToken;
    let sent = 0;
    const flood = async () => {
      while (sent < times) await put({ headers: headersOf(sent++), body: '{' });
    };
    await Promise.all(Array.from({ length: 16 }, flood));
    await gateway.close();
    const found = (await changesIn(environment())).filter(({ stage }) => stage === 'denied');
    process.stdout.write(`${JSON.stringify({ refused: times, events: found.length })}\n`);
    expect(found.length).toBeLessThan(2000);
    expect(found.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(times);
    gateway = await startGateway({ upstream: sandbox.url });
  });

  it('names no e-mail address but as its actor', async () => {
    await put({ body, headers: { 'x-auth-email': email, 'x-auth-key': '0'.repeat(32) } });
    const [found] = await denials();
    expect(found).toMatchObject({ actor: { id: email, verified: false }, credential: { kind: 'api_key' } });
    expect(JSON.stringify({ ...found, actor: null })).not.toContain(email);
  });
});
