import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { asBearer } from '../support/access/attacks.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { changesIn } from '../support/audit/audited.js';
import { findSecret } from '../support/gateway/canary.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { mutationOf } from '../support/graphql/graphql.js';
import { aUseOf, seededZone } from '../support/http/requests.js';
import { type OperationName } from '../../sandbox/operation.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

describe('Secrets in managed mode', () => {
  let stage: ManagedStage;
  let redis: TestRedis;
  let gateway: RunningProcess;
  let jwt: string;
  const upstreamToken = `sandbox-token-that-may-read-and-may-write-${randomBytes(16).toString('hex')}`;
  const email = `${randomBytes(16).toString('hex')}@canary.example`;
  const wrongKey = newApiKey().key;
  const cloudflares = `cfut_${randomBytes(20).toString('hex')}`;
  const answers: string[] = [];
  const viewers: string[] = [];

  beforeAll(async () => {
    stage = await startManagedStage();
    stage.access.writeToken('cf-token', upstreamToken);
    const keysFile = join(stage.access.folder, 'keys.json');
    initKeyRing(keysFile);
    redis = await startRedis({ settings: { rdbcompression: 'no' } });
    gateway = await startProcess({
      ...{ MODE: 'managed', ACCESS_FILE: stage.access.path, CLOUDFLARE_BASE_URL: stage.recorder.url },
      ...{ REDIS_URL: redis.url, KEYS_FILE: keysFile, LOG_LEVEL: 'trace', AUDIT_STDOUT: 'on' },
      AUDIT_URL: `file:${join(stage.access.folder, 'managed.db')}`,
    });
    jwt = await stage.issuer.token({ sub: randomBytes(16).toString('hex'), email, groups: ['admin'] });
  }, 60_000);

  afterAll(async () => {
    await gateway?.stop('SIGINT');
    await redis?.close();
    await stage?.[Symbol.asyncDispose]();
  });

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
    to = answers,
  ) {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    to.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  }

  async function sendEverything() {
    const key = stage.access.keys.admin;
    const credentials: readonly Record<string, string>[] = [
      asBearer(jwt),
      asBearer(key),
      asBearer(wrongKey),
      asBearer(`${jwt.slice(0, -8)}AAAAAAAA`),
      asBearer(cloudflares),
      { authorization: `Basic ${key}` },
      { ...asBearer(jwt), 'x-auth-key': cloudflares, 'x-auth-email': email },
      { ...asBearer(jwt), 'user-agent': `tool with ${jwt}`, 'x-request-id': jwt.slice(-40), cookie: jwt },
      { ...asBearer(key), 'user-agent': `tool with ${key}`, 'x-request-id': key.slice(4) },
      { 'cf-access-jwt-assertion': jwt, authorization: 'Bearer a.b.c' },
    ];
    for (const headers of credentials) {
      for (const { name, isZoneless } of Object.values(operations)) {
        if (isZoneless) continue;
        const { method, path, body } = await aUseOf(name as OperationName);
        await send(method, `/client/v4${path}`, headers, body);
      }
      await send('GET', '/audit/events', headers);
      const query = `{ zone(id: "${seededZone}") { settings { enabled } hostnames { totalCount } } }`;
      await send('POST', '/graphql', headers, { query });
      const input = { zoneId: headers['authorization'] ?? '', enabled: true };
      await send('POST', '/graphql', headers, {
        query: mutationOf('updateGlobalLevel'),
        variables: { input },
      });
      await send(
        'GET',
        `/client/v4/zones/${encodeURIComponent(jwt)}/origin_tls_client_auth/settings`,
        headers,
      );
      await send(
        'GET',
        `/client/v4/zones/${seededZone}/origin_tls_client_auth/hostnames/${encodeURIComponent(key)}`,
        headers,
      );
      await send('GET', '/v1/me', headers, undefined, viewers);
    }
  }

  it('Are in no answer, log line, record, metric or value of Redis; an e-mail address only names an actor', async () => {
    await sendEverything();
    await stage.sandbox.faults({ rules: [{ action: { status: 403, text: 'error code: 1020' } }] });
    await sendEverything();
    await stage.sandbox.faults({
      rules: [{ action: { mergeBody: { note: `Bearer ${upstreamToken}`, token: upstreamToken } } }],
    });
    await sendEverything();
    await stage.sandbox.faults();

    expect(stage.recorder.exchanges.length).toBeGreaterThan(50);
    for (const { headers } of stage.recorder.exchanges)
      expect(headers['authorization']).toBe(`Bearer ${upstreamToken}`);
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    const files = readdirSync(stage.access.folder)
      .filter((name) => name.startsWith('managed.db'))
      .map((name) => readFileSync(join(stage.access.folder, name), 'latin1'));
    const names = (await redis.run('KEYS', '*')) as Buffer[];
    const dumps = await Promise.all(names.map((name) => redis.run('DUMP', name) as Promise<Buffer>));
    const kept = Buffer.concat([...names, ...dumps]).toString('latin1');
    const events = await changesIn({ AUDIT_URL: `file:${join(stage.access.folder, 'managed.db')}` });
    const output = gateway.output();

    const statuses = new Set(answers.map((answer) => answer.slice(0, 3)));
    expect([...statuses]).toEqual(expect.arrayContaining(['200', '400', '401', '403']));
    expect(names.length).toBeGreaterThan(3);
    const everything = [...answers, ...viewers, output, metrics, ...files, kept].join('\n');
    const [header = '', payload = '', signature = ''] = jwt.split('.');
    const keyOf = (key: string) => key.slice(4);
    const secrets = [
      payload,
      signature,
      keyOf(stage.access.keys.admin),
      keyOf(wrongKey),
      cloudflares.slice(5),
      upstreamToken.slice(-32),
    ];
    for (const secret of secrets) expect(findSecret(everything, secret)).toEqual([]);
    expect(header.length).toBeGreaterThan(0);
    expect(kept).not.toContain(seededZone);

    const named = events.filter(({ actor }) => actor?.name === email);
    expect(named).not.toEqual([]);
    expect(viewers.some((viewer) => viewer.includes(email))).toBe(true);
    const others = events.map((event) => ({ ...event, actor: { ...event.actor, name: '' } }));
    const withoutRecords = output.split('\n').filter((line) => !line.includes(`"name":"${email}"`));
    const shown = answers.map((answer) => answer.replaceAll(`"name":"${email}"`, ''));
    const rest = [JSON.stringify(others), ...withoutRecords, ...shown, metrics, kept].join('\n');
    expect(findSecret(rest, email)).toEqual([]);
  }, 120_000);
});
