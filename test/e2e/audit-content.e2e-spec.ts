import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from '@peculiar/x509';
import { pino } from 'pino';
import { type OperationName } from '../../sandbox/operation.js';
import { type ChainedEvent, type Stage } from '../../src/gateway/audit/record/event.js';
import { auditArchiveOf } from '../../src/gateway/audit/tools/commands.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { allOf, eventOf } from '../support/audit/audit-stores.js';
import { longLifetimes } from '../support/cache/caching.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { mutate } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import {
  anAssociation,
  anUpload,
  apiKey,
  aUseOf,
  bearer,
  email,
  globalLevelOf,
  hostnameCertificateInUse,
  pathOf,
  seededZone,
  token,
  zoneCertificate,
} from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

describe('Content of audit records', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  let folder: string;
  let printed: string;
  const url = () => `file:${join(folder, 'audit.db')}`;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-content-'));
    printed = '';
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        printed += chunk.toString();
        done();
      },
    });
    sandbox = await startSandbox();
    gateway = await startGateway({
      upstream: sandbox.url,
      AUDIT_URL: auditUrlSchema.parse(url()),
      log: pino({ base: null }, stream),
      ...longLifetimes,
    });
  });
  afterEach(async () => {
    await gateway.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const read = (path: string) =>
    call(gateway.base + (path === globalLevelOf() ? path : pathOf(path)), 'GET', { headers: bearer });
  const only = async (stage: Stage): Promise<ChainedEvent> => {
    const found = (await changesIn({ AUDIT_URL: url() })).filter((event) => event.stage === stage);
    expect(found).toHaveLength(1);
    return found[0] as ChainedEvent;
  };

  const date = expect.stringMatching(/^\d{4}-\d\d-\d\d/);
  const status = expect.stringMatching(/^[a-z_]+$/);
  const certificate = { status, expires_on: date };
  const enabled = { zone: { enabled: true } };
  const zoneCertificateState = { [zoneCertificate]: certificate };
  const hostname = 'app.example.com';
  const association = { enabled: false, cert_id: hostnameCertificateInUse, status, expires_on: date };

  it.each<[OperationName, string[], object | null, object]>([
    ['settings.update', [], enabled, { zone: { enabled: false } }],
    [
      'global_level.update',
      [globalLevelOf()],
      { global_level: { enabled: true } },
      { global_level: { enabled: false } },
    ],
    ['zone_certificate.upload', [''], null, {}],
    ['zone_certificate.delete', [], null, zoneCertificateState],
    ['zone_certificate.delete', [''], zoneCertificateState, zoneCertificateState],
    ['zone_certificate.delete', [`/${zoneCertificate}`], zoneCertificateState, zoneCertificateState],
    ['hostname_certificate.upload', ['/hostnames/certificates'], null, {}],
    ['hostname_certificate.delete', [], null, {}],
    ['hostname_certificate.delete', ['/hostnames/certificates'], { any: certificate }, {}],
    ['hostname.update', [], null, { [hostname]: association }],
    [
      'hostname.update',
      [`/hostnames/${hostname}`],
      { [hostname]: { ...association, enabled: true } },
      { [hostname]: association },
    ],
  ])(
    'Records of %s have the states before (reads: %j) and after, without a further call',
    async (operation, reads, before, after) => {
      if (operation === 'settings.update')
        await call(sandbox.url + pathOf('/settings'), 'PUT', { headers: bearer, body: { enabled: true } });
      for (const path of ['/settings', ...reads]) expect((await read(path)).status).toBe(200);
      const use = await aUseOf(operation);
      const body =
        operation === 'hostname.update'
          ? { config: [anAssociation({ hostname: hostname.toUpperCase(), enabled: false })] }
          : use.body;
      const calls = await sandbox.calls();
      const reply = await call(gateway.base + use.path, use.method, { headers: bearer, body });
      expect(reply.status).toBe(200);
      expect(await sandbox.calls()).toEqual({ ...calls, [operation]: (calls[operation] ?? 0) + 1 });

      const { id } = ([envelopeOf(reply).result].flat()[0] ?? {}) as { id?: string };
      const named = (states: object | null) =>
        states && (operation.startsWith('hostname_certificate.') ? { [id ?? '']: certificate } : states);
      const intent = await only('intent');
      expect(intent.change ?? null).toEqual(before && { before: named(before), after: null });
      const outcome = await only('outcome');
      expect(outcome).toMatchObject({ op_id: intent.op_id, action: operation, entry: 'rest' });
      const isUpload = operation === 'zone_certificate.upload';
      expect(outcome.change).toEqual({
        before: named(before),
        after: named(isUpload ? { [id ?? '']: certificate } : after),
      });
      expect(outcome.target).toEqual({
        zone_id: seededZone,
        ...(operation.includes('certificate') && { certificate_id: id }),
        ...(operation === 'hostname.update' && { hostnames: [hostname] }),
      });
    },
  );

  it('A record has no state before where the cache entry of the read was invalidated', async () => {
    await read('');
    await read('/settings');
    await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: { enabled: true } });
    await call(gateway.base + pathOf(`/${zoneCertificate}`), 'DELETE', { headers: bearer });
    const deletion = (await changesIn({ AUDIT_URL: url() })).find(
      ({ action, stage }) => action === 'zone_certificate.delete' && stage === 'outcome',
    );
    expect(deletion?.change?.before).toBeNull();
  });

  it.each([
    ['ec', 'ec prime256v1', undefined],
    ['ed25519', 'ed25519', undefined],
    ['rsa', 'rsa', 2048],
  ] as const)(
    'The record of an upload describes its %s certificate, without the private key',
    async (keyType, type, bits) => {
      const pair = await aCertificate({ keyType, subject: 'CN=audit.example.com,O=Somebody' });
      const reply = await call(gateway.base + pathOf(''), 'POST', {
        headers: bearer,
        body: { certificate: pair.certificate, private_key: pair.privateKey },
      });
      const { cert } = await only('intent');
      const parsed = new X509Certificate(pair.certificate);
      expect(cert).toEqual({
        sha256: pair.fingerprintSha256,
        serial: parsed.serialNumber,
        spki_sha256: createHash('sha256').update(Buffer.from(parsed.publicKey.rawData)).digest('hex'),
        not_before: parsed.notBefore.toISOString(),
        not_after: parsed.notAfter.toISOString(),
        key_type: type,
        ...(bits && { key_bits: bits }),
        issuer_cn: 'audit.example.com',
      });
      expect((await only('outcome')).cert).toEqual(cert);
      expect(reply.status).toBe(200);
    },
  );

  it('The record of an upload that is not a certificate has a null certificate', async () => {
    await read('/settings');
    const { private_key } = await anUpload();
    await call(gateway.base + pathOf(''), 'POST', {
      headers: bearer,
      body: { certificate: 'no certificate', private_key },
    });
    expect((await only('intent')).cert).toBeNull();
    expect(await only('outcome')).toMatchObject({
      cert: null,
      result: { status: 'failure', http_status: 400 },
    });
  });

  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const joining = {
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    'x-request-id': 'mine',
    'user-agent': 'a test',
  };

  it.each([
    ['an API token', bearer, expect.stringMatching(/^fp_[0-9a-f]{32}$/), 'api_token'],
    ['an API key', { 'x-auth-email': email, 'x-auth-key': apiKey }, email, 'api_key'],
  ])(
    'A record names the caller with %s, its request id and its trace id over both APIs',
    async (_, headers, id, kind) => {
      const reply = await call(gateway.base + pathOf('/settings'), 'PUT', {
        headers: { ...headers, ...joining },
        body: { enabled: true },
      });
      await mutate(
        gateway,
        'updateZoneSettings',
        { zoneId: seededZone, enabled: false },
        {
          ...headers,
          ...joining,
        },
      );
      const changes = await changesIn({ AUDIT_URL: url() });
      expect(changes.map(({ stage, entry }) => `${entry} ${stage}`)).toEqual([
        'rest intent',
        'rest outcome',
        'graphql intent',
        'graphql outcome',
      ]);
      for (const change of changes) {
        expect(change).toMatchObject({
          action: 'settings.update',
          target: { zone_id: seededZone },
          actor: {
            type: 'user',
            id,
            fingerprint: expect.stringMatching(/^fp_[0-9a-f]{32}$/),
            verified: true,
            ip: '127.0.0.1',
            user_agent: 'a test',
          },
          credential: { kind, fingerprint: expect.stringMatching(/^fp_[0-9a-f]{32}$/) },
          request_id: 'mine',
          trace_id: trace,
        });
      }
      expect(new Set(changes.map(({ actor }) => actor?.fingerprint)).size).toBe(1);
      expect(changes[1]?.result).toMatchObject({
        status: 'success',
        http_status: 200,
        codes: [],
        cf_ray: reply.headers['cf-ray'],
        duration_ms: expect.any(Number),
      });
    },
  );

  const others = 'Zk3vQ9xT1-bN7mLw5RcYp2HsDf8JgKa0EuViOqBz';
  const byKey = { 'x-auth-email': email, 'x-auth-key': apiKey };
  const pem = '-----BEGIN PRIVATE KEY----- MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['User-Agent with a private key', bearer, { 'user-agent': pem }],
    ['User-Agent with a line of a private key', bearer, { 'user-agent': pem.slice(28) }],
    ['User-Agent with its token in base64', bearer, { 'user-agent': Buffer.from(token).toString('base64') }],
    ['User-Agent with another token', byKey, { 'user-agent': `tool/1 ${others}` }],
    ['X-Request-Id with its token', bearer, { 'x-request-id': token }],
    ['X-Request-Id with a part of its token', bearer, { 'x-request-id': token.slice(4, 21) }],
    ['X-Request-Id with its API key', byKey, { 'x-request-id': apiKey }],
    ['X-Request-Id with its API key in capitals', byKey, { 'x-request-id': apiKey.toUpperCase() }],
    ['traceparent with its API key', byKey, { traceparent: `00-${apiKey}-00f067aa0ba902b7-01` }],
    [
      'traceparent with a part of its API key',
      byKey,
      { traceparent: `00-${'0'.repeat(8)}${apiKey.slice(0, 24)}-00f067aa0ba902b7-01` },
    ],
  ])('Records and logs contain no secret from %s', async (_, credential, headers) => {
    const sent = { headers: { ...credential, ...headers }, body: { enabled: true } };
    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', sent);
    expect(reply.status).toBe(200);
    await call(gateway.base + pathOf('/nowhere/at/all'), 'PUT', sent);
    await eventually(() => printed.match(/"msg":"request"/g)?.length === 2 || undefined);
    const stored = JSON.stringify(await changesIn({ AUDIT_URL: url() }));
    expect(stored).toContain('"outcome"');
    const value = Object.values(headers)[0] ?? '';
    const secret = value.startsWith('00-') ? value.slice(3, 35) : value;
    const heads = JSON.stringify(reply.headers) + reply.body.toString();
    for (const text of [stored, printed, heads]) {
      for (let from = 0; from + 16 <= secret.length; from += 1)
        expect(text.toLowerCase()).not.toContain(secret.slice(from, from + 16).toLowerCase());
    }
  });

  it('A record keeps a request id of 32 hexadecimal digits', async () => {
    const id = 'f'.repeat(16) + '0123456789abcdef';
    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', {
      headers: { ...byKey, 'x-request-id': id },
      body: { enabled: true },
    });
    expect(reply.headers['x-request-id']).toBe(id);
    expect((await only('outcome')).request_id).toBe(id);
  });

  it.each<OperationName>([
    'zone_certificate.upload',
    'hostname_certificate.upload',
    'settings.update',
    'zone_certificate.delete',
    'hostname.update',
  ])('Records of %s contain no other members of the body', async (operation) => {
    const use = await aUseOf(operation);
    const upload = await anUpload();
    const extra = { config: [{ hostname: 'victim.example.com' }, { hostname: 'bank.example.com' }] };
    const body = { ...upload, ...extra, ...(use.body ?? {}) };
    const reply = await call(gateway.base + use.path, use.method, {
      headers: bearer,
      ...(use.method !== 'DELETE' && { body }),
    });
    expect(reply.status).toBe(200);
    const changes = await changesIn({ AUDIT_URL: url() });
    expect(changes).toHaveLength(2);
    const isUpload = operation.endsWith('.upload');
    for (const { target, cert, change } of changes) {
      expect(target?.hostnames).toEqual(operation === 'hostname.update' ? ['new.example.com'] : undefined);
      expect(cert === undefined).toBe(!isUpload);
      expect(JSON.stringify(change ?? null)).not.toMatch(/victim|bank/);
    }
    const id = changes[1]?.target?.certificate_id;
    expect(id !== undefined).toBe(isUpload || operation.endsWith('.delete'));
  });

  it('A record keeps hostnames that are also in headers the gateway does not use', async () => {
    const hostname = 'a-long-name-of-a-victim.example.com';
    const reply = await call(gateway.base + pathOf('/hostnames'), 'PUT', {
      headers: {
        ...bearer,
        'x-auth-key': hostname,
        cookie: hostname,
        'x-auth-email': `${hostname}@example.com`,
      },
      body: { config: [anAssociation({ hostname })] },
    });
    expect(reply.status).toBe(200);
    expect((await only('outcome')).target?.hostnames).toEqual([hostname]);
  });

  it('A record leaves out a hostname that is the credential', async () => {
    await call(gateway.base + pathOf('/hostnames'), 'PUT', {
      headers: bearer,
      body: { config: [anAssociation({ hostname: token }), anAssociation()] },
    });
    expect((await only('intent')).target?.hostnames).toEqual(['new.example.com']);
    expect(JSON.stringify(await only('intent'))).not.toContain(token.toLowerCase());
  });

  it('A record leaves out an issuer that is an e-mail address', async () => {
    const pair = await aCertificate({ subject: 'CN=somebody@example.com' });
    await call(gateway.base + pathOf(''), 'POST', {
      headers: bearer,
      body: { certificate: pair.certificate, private_key: pair.privateKey },
    });
    expect((await only('intent')).cert).toHaveProperty('sha256');
    expect((await only('intent')).cert).not.toHaveProperty('issuer_cn');
  });

  it('The log line of a request names the writer, seq and hash of its outcome', async () => {
    for (const enabled of [true, false])
      await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: { enabled } });
    await mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true });
    const lines = await eventually(() => {
      const found = printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === 'request');
      return found.length === 3 ? found : undefined;
    });
    const outcomes = (await allOf(auditArchiveOf(auditUrlSchema.parse(url()))))
      .map((record) => ({ ...eventOf(record), hash: record.hash }))
      .filter(({ stage }) => stage === 'outcome');
    expect(outcomes).toHaveLength(3);
    expect(lines.map(({ requestId, operationId, audit }) => ({ requestId, operationId, audit }))).toEqual(
      outcomes.map(({ request_id, op_id, writer, seq, hash }) => ({
        requestId: request_id,
        operationId: op_id,
        audit: { writer, seq, hash, stage: 'outcome' },
      })),
    );
  });
});
