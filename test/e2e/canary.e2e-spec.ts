import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { runAudit } from '../support/audit/audit-command.js';
import { changesIn } from '../support/audit/audited.js';
import { findSecret } from '../support/gateway/canary.js';
import { aCertificate, type TestCertificate } from '../support/certificates/certificates.js';
import { mutationOf } from '../support/graphql/graphql.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { startRedis } from '../support/redis/redis.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { accept, startUpstream } from '../support/upstream/upstream.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const certificateId = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';

// `npm run test:canary` sends every body with every credential to each operation. `npm test` sends each credential once,
// with another body for each operation.
const isFull = process.env['CANARY'] === 'full';

describe('Secrets', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningProcess;
  let certificate: TestCertificate;
  const token = `sandbox-token-read-write-${randomBytes(16).toString('hex')}`;
  const email = `${randomBytes(16).toString('hex')}@canary.example`;
  const apiKey = randomBytes(16).toString('hex');
  const note = randomBytes(16).toString('hex');
  const auditFolder = mkdtempSync(join(tmpdir(), 'canary-audit-'));
  const AUDIT_URL = `file:${join(auditFolder, 'audit.db')}`;
  const answers: string[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startProcess({
      CLOUDFLARE_BASE_URL: sandbox.url,
      LOG_LEVEL: 'trace',
      AUDIT_URL,
      TRUSTED_PROXIES: '127.0.0.1',
      CORS_ORIGINS: 'https://app.example.com',
    });
    certificate = await aCertificate();
  });

  afterAll(async () => {
    await gateway?.stop('SIGINT');
    await sandbox?.close();
    rmSync(auditFolder, { recursive: true });
  });

  const credentials = [
    { authorization: `Bearer ${token}` },
    { authorization: `Basic ${token}` },
    { 'x-auth-email': email, 'x-auth-key': apiKey },
    { 'x-auth-email': email, 'x-auth-key': `${apiKey} malformed` },
    { authorization: `Bearer ${token}`, 'x-auth-email': email, 'x-auth-key': apiKey, cookie: token },
    { authorization: `Bearer ${token}`, 'user-agent': `tool of ${email} with ${token} (${apiKey})` },
    { 'x-auth-email': email, 'x-auth-key': apiKey, 'user-agent': `tool with ${apiKey}` },
    {
      authorization: `Basic ${token}`,
      'x-auth-email': email,
      'user-agent': `tool of ${email} with ${token}`,
    },
    { authorization: `Bearer ${token}`, 'x-auth-email': email, 'user-agent': `tool of ${email}` },
    { authorization: `Bearer ${token}`, 'x-forwarded-for': `${token}, ${email}`, origin: `https://${token}` },
    { authorization: `Bearer ${token}`, forwarded: `for="${token}";by=${apiKey}` },
  ];

  const bodies = () => {
    const { certificate: pem, privateKey } = certificate;
    return [
      JSON.stringify({ certificate: pem, private_key: privateKey }),
      JSON.stringify({ enabled: true, value: 'on', note, config: [{ hostname: 'app.example.com', note }] }),
      JSON.stringify({ certificate: pem, private_key: [privateKey] }),
      JSON.stringify({ certificate: `${pem}${privateKey}`, private_key: privateKey }),
      JSON.stringify({ certificate: privateKey, privateKey, [privateKey]: 1 }),
      JSON.stringify({
        config: [{ hostname: privateKey, cert_id: privateKey, enabled: true }],
        enabled: privateKey,
        value: privateKey,
      }),
      `{"certificate": ${privateKey}`,
      JSON.stringify(privateKey),
      privateKey,
    ];
  };

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
    { url } = gateway,
  ): Promise<void> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    });
    answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  }

  let turn = 0;

  /** Bodies for one credential of an operation. */
  function bodiesFor(index: number): string[] {
    const all = bodies();
    return isFull ? all : [all[(index + turn) % all.length] ?? ''];
  }

  async function sendEverything(to = gateway): Promise<void> {
    for (const { method, path, isZoneless } of Object.values(operations)) {
      if (isZoneless) continue;
      const route = `/client/v4${path}`
        .replace(':zone_id', zone)
        .replace(':certificate_id', certificateId)
        .replace(':hostname', 'app.example.com');
      turn += 1;
      await Promise.all(
        credentials.flatMap((headers, index) => {
          const sent = method === 'GET' ? [undefined] : bodiesFor(index);
          return sent.map((body) => send(method, route, headers, body, to));
        }),
      );
    }
  }

  async function sendMutations(): Promise<void> {
    const { certificate: pem, privateKey } = certificate;
    const inputs = [
      { zoneId: zone, certificate: pem, privateKey },
      { zoneId: zone, certificate: `${pem}${privateKey}`, privateKey },
      { zoneId: zone, certificate: `Bag Attributes\n${pem}Key Attributes\n${privateKey}`, privateKey },
      { zoneId: zone, certificate: `Bag Attributes\n${pem}`, privateKey: `Key Attributes\n${privateKey}` },
      { zoneId: privateKey, certificate: pem, privateKey, note },
    ];
    for (const headers of credentials) {
      for (const input of inputs) {
        const query = mutationOf('uploadZoneCertificate');
        await send('POST', '/graphql', headers, JSON.stringify({ query, variables: { input } }));
      }
      for (const zoneId of [zone, privateKey, token]) {
        const query = mutationOf('updateGlobalLevel');
        const input = { zoneId, enabled: true };
        await send('POST', '/graphql', headers, JSON.stringify({ query, variables: { input } }));
      }
      const query = `{ zone(id: "${zone}") { globalLevel { enabled missingPermission } settings { enabled } } }`;
      await send('POST', '/graphql', headers, JSON.stringify({ query }));
    }
  }

  it('No secret is in an answer, the log or the metrics, whether calls succeed or fail', async () => {
    await sendEverything();
    await sendMutations();
    await sandbox.faults({ rules: [{ action: { status: 500, text: 'upstream broke' } }] });
    await sendEverything();
    await sandbox.faults({ rules: [{ action: { drop: 'after' } }] });
    await sendEverything();
    await sandbox.faults({ rules: [{ action: { status: 403, text: 'error code: 1020' } }] });
    await sendEverything();
    await sendMutations();
    await sandbox.faults({
      rules: [{ action: { mergeBody: { private_key: certificate.privateKey, note: { private_key: 1 } } } }],
    });
    await sendEverything();
    await sandbox.faults();

    // Secrets that users put into a path or a header by mistake, where no member name marks them as secret.
    const misplaced = [
      token,
      email,
      apiKey,
      Buffer.from(certificate.privateKey).toString('base64url').slice(0, 900),
    ];
    for (const secret of misplaced) {
      const headers = { authorization: `Bearer ${token}` };
      await send('GET', `/client/v4/zones/${encodeURIComponent(secret)}/origin_tls_client_auth`, headers);
      await send(
        'GET',
        `/client/v4/zones/${zone}/origin_tls_client_auth/${encodeURIComponent(secret)}`,
        headers,
      );
      await send(
        'GET',
        `/client/v4/zones/${zone}/origin_tls_client_auth/hostnames/_${encodeURIComponent(secret)}!`,
        headers,
      );
      await send('PATCH', `/${encodeURIComponent(secret)}?token=${encodeURIComponent(secret)}`, headers);
      await send('GET', '/health/live', { ...headers, 'x-request-id': `${secret} ` + 'x'.repeat(64) });
    }

    const statuses = new Set(answers.map((answer) => answer.slice(0, 3)));
    expect([...statuses]).toEqual(expect.arrayContaining(['200', '400', '403', '500', '502', '504']));
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    const everything = [gateway.output(), metrics, ...answers].join('\n');
    expect(everything.length).toBeGreaterThan(100_000);
    for (const secret of [
      token.slice('sandbox-token-read-write-'.length),
      email,
      apiKey,
      certificate.privateKey,
    ]) {
      expect(findSecret(everything, secret, certificate.certificate)).toEqual([]);
    }
  }, 120_000);

  it('No secret is in an answer or the log if upstream quotes the request in several encodings', async () => {
    let quotes = 0;
    // As the id of the token, a part of it that has the form of one.
    const quoteAsId: RequestListener = ({ headers }, outgoing) => {
      const result = { id: headers.authorization?.slice(-32) };
      const envelope = { success: true, errors: [], messages: [], result };
      outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(envelope));
    };
    const quote: RequestListener = (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        if (incoming.method === 'GET') return accept(outgoing);
        quotes += 1;
        const { authorization, 'x-auth-key': key } = incoming.headers;
        const sent = `${String(authorization ?? key)} ${Buffer.concat(chunks).toString()}`;
        const forms = [
          sent,
          sent.replaceAll('\\n', '\n'),
          sent.replaceAll('\\n', ' '),
          encodeURIComponent(sent),
          ...['hex', 'base64', 'base64url'].map((form) => Buffer.from(sent).toString(form as 'hex')),
          sent.slice(-300, -270),
        ];
        outgoing.writeHead(400, {
          'content-type': 'application/json',
          'cf-auditlog-id': String(authorization ?? key),
        });
        outgoing.end(
          JSON.stringify({ success: false, errors: [{ code: 1400, message: forms.join(' <> ') }] }),
        );
      });
    };
    await using quoting = await startUpstream(quote, quoteAsId);
    const quoted = await startProcess({
      CLOUDFLARE_BASE_URL: quoting.url,
      ...{ LOG_LEVEL: 'trace', AUDIT_STDOUT: 'on' },
    });
    const before = answers.length;
    await sendEverything(quoted);
    await quoted.stop('SIGINT');

    expect(quotes).toBeGreaterThan(20);
    const everything = [quoted.output(), ...answers.slice(before)].join('\n');
    expect(everything).toContain('[removed]');
    expect(quoted.output()).toContain('"stage":"outcome"');
    expect(everything).toContain('audit-record');
    for (const secret of [token, apiKey, certificate.privateKey]) {
      expect(findSecret(everything, secret, certificate.certificate)).toEqual([]);
    }
  }, 120_000);

  it('The audit log contains no secret, and an e-mail address only as the id of an actor', async () => {
    const stages = await changesIn({ AUDIT_URL });
    expect(new Set(stages.map(({ stage }) => stage))).toEqual(new Set(['intent', 'outcome', 'denied']));
    expect(stages.filter(({ actor }) => actor?.id === email)).not.toEqual([]);
    expect((await runAudit(['backup', '--output', join(auditFolder, 'copy.db')], { AUDIT_URL })).code).toBe(
      0,
    );
    const files = readdirSync(auditFolder).map((name) => readFileSync(join(auditFolder, name), 'latin1'));
    const kept = files.join('\n');
    expect(kept.length).toBeGreaterThan(100_000);
    for (const secret of [
      token.slice('sandbox-token-read-write-'.length),
      apiKey,
      note,
      certificate.privateKey,
    ]) {
      expect(findSecret(kept, secret, certificate.certificate)).toEqual([]);
    }
    const others = stages.map(({ actor, ...stage }) => ({ ...stage, actor: { ...actor, id: '' } }));
    expect(findSecret(JSON.stringify(others), email)).toEqual([]);
  });

  it('Redis contains no secret, zone id, hostname or answer in plain text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'canary-'));
    const keys = join(folder, 'keys.json');
    initKeyRing(keys);
    // Not compressed, so that the dumps can be searched.
    const redis = await startRedis({ settings: { rdbcompression: 'no' } });
    const sharing = await startProcess({
      CLOUDFLARE_BASE_URL: sandbox.url,
      REDIS_URL: redis.url,
      KEYS_FILE: keys,
    });
    await sandbox.reset();
    const zonePath = `/client/v4/zones/${zone}/origin_tls_client_auth`;
    for (const path of [
      '',
      '/hostnames',
      '/hostnames/app.example.com',
      '/hostnames/certificates',
      '/settings',
    ]) {
      await fetch(`${sharing.url}${zonePath}${path}`, { headers: { authorization: `Bearer ${token}` } });
    }
    const upload = await fetch(`${sharing.url}${zonePath}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: bodies()[0] ?? '',
    });
    expect(upload.status).toBe(200);
    await fetch(`${sharing.url}${zonePath}/hostnames`, { headers: { authorization: `Bearer ${token}` } });
    const names = (await redis.run('KEYS', '*')) as Buffer[];
    const dumps = await Promise.all(names.map((name) => redis.run('DUMP', name) as Promise<Buffer>));
    const kept = Buffer.concat([...names, ...dumps]).toString('latin1');
    await sharing.stop('SIGINT');
    await redis.close();
    rmSync(folder, { recursive: true });

    expect(names.length).toBeGreaterThan(3);
    for (const secret of [token, certificate.privateKey, zone, 'app.example.com', '"success":true']) {
      expect(findSecret(kept, secret)).toEqual([]);
    }
  });

  it('The search of this test finds a private key in every encoding that it looks for', () => {
    const { privateKey, certificate: pem } = certificate;
    const body = privateKey.split('\n')[1] ?? '';
    for (const hidden of [
      privateKey,
      JSON.stringify({ privateKey }),
      Buffer.from(`x${privateKey}`).toString('base64'),
      Buffer.from(`xx${privateKey}`).toString('base64url'),
      Buffer.from(privateKey).toString('hex'),
      encodeURIComponent(privateKey),
      `...${body.slice(40, 60)}...`,
    ]) {
      expect(findSecret(hidden, privateKey, pem)).not.toEqual([]);
    }
    expect(findSecret(pem, privateKey, pem)).toEqual([]);
  });
});
