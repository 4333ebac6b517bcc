import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { auditStoreOf } from '../../src/gateway/audit/audit-store-of.js';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { Recovery } from '../../src/gateway/audit/log/recovery.js';
import { initKeyRing, loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { runAudit } from '../support/audit/audit-command.js';
import { type AuditEnvironment, changesIn } from '../support/audit/audited.js';
import { faces } from '../support/audit/audit-events.js';
import { eventually } from '../support/basics/eventually.js';
import { call } from '../support/http/http.js';
import { type Pooler, startPgbouncer } from '../support/postgres/pgbouncer.js';
import { aDatabase, postgresUrl } from '../support/postgres/postgres.js';
import { startProcess } from '../support/gateway/process.js';
import { anAssociation, bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const zone = seededZone;

describe('With its audit log behind a pooler that pools by transaction, the gateway', () => {
  let server: { url: string; close: () => Promise<void> };
  let sandbox: RunningSandbox;
  let pooler: Pooler;
  let folder: string;
  let environment: AuditEnvironment & Record<'CLOUDFLARE_BASE_URL', string>;
  beforeAll(async () => {
    server = await postgresUrl();
    sandbox = await startSandbox();
  }, 600_000);
  afterAll(async () => {
    await sandbox?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await sandbox.reset();
    folder = mkdtempSync(join(tmpdir(), 'audit-pooler-'));
    const { url } = await aDatabase(server.url);
    // Fewer connections than a gateway has: every transaction may meet another.
    pooler = await startPgbouncer(url, { pool_mode: 'transaction', default_pool_size: '2' });
    environment = {
      CLOUDFLARE_BASE_URL: sandbox.url,
      AUDIT_URL: pooler.url,
      KEYS_FILE: join(folder, 'keys.json'),
    };
    initKeyRing(environment.KEYS_FILE);
  });
  afterEach(async () => {
    await pooler[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const put = (url: string, path: string, body: object) =>
    call(`${url}/client/v4${pathOf(path)}`, 'PUT', { headers: bearer, body });
  const recover = async () => {
    const store = auditStoreOf(auditUrlSchema.parse(environment.AUDIT_URL));
    const keys = new AuditKeys(loadKeyRing(environment.KEYS_FILE, { mayCreate: false }).ring);
    const writer = new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined });
    const recovery = new Recovery(store, writer, { givenUpAfterMs: 0 });
    await writer.start();
    await recovery.run();
    await recovery.close();
    await writer.close();
  };

  it('records changes of two replicas, finds them, and its log verifies', async () => {
    const gateways = await Promise.all([startProcess(environment), startProcess(environment)]);
    for (const { url } of gateways)
      expect((await call(`${url}/health/ready`, 'GET')).body.toString()).toBe('{"status":"ready"}');
    for (const [index, { url }] of gateways.entries()) {
      expect((await put(url, '/settings', { enabled: index === 0 })).status).toBe(200);
      expect((await put(url, '/hostnames', { config: [anAssociation()] })).status).toBe(200);
    }
    const many = gateways.flatMap(({ url }) =>
      Array.from({ length: 10 }, () => put(url, '/settings', { enabled: true })),
    );
    expect((await Promise.all(many)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    for (const gateway of gateways) {
      for (const [, search] of faces) {
        const named = await search(gateway, { zone, target: 'NEW.example.com.' });
        expect(named.events.map(({ stage }) => stage)).toEqual(['outcome', 'intent', 'outcome', 'intent']);
        const settings = await search(gateway, { zone, action: 'settings.update', status: 'success' });
        expect(settings.events).toHaveLength(22);
      }
    }
    for (const gateway of gateways) expect(await gateway.stop('SIGTERM')).toBe(0);
    expect(await runAudit(['verify'], environment)).toMatchObject({
      code: 0,
      output: expect.stringContaining('verify'),
      errors: '',
    });
  }, 120_000);

  it('that is killed in a change leaves an intent, which the recovery ends, and the log verifies', async () => {
    const gateway = await startProcess(environment);
    expect((await put(gateway.url, '/settings', { enabled: true })).status).toBe(200);
    await sandbox.faults({
      rules: [{ operation: 'settings.update', count: 1, action: { hang: 'after' } }],
    });
    const changing = put(gateway.url, '/settings', { enabled: false }).catch(() => null);
    await eventually(async () => (await sandbox.calls())['settings.update'] === 2 || undefined);
    await gateway.stop('SIGKILL');
    await changing;
    await recover();
    const changes = await changesIn(environment);
    expect(changes.at(-1)).toMatchObject({
      stage: 'outcome',
      entry: 'recovery',
      target: { zone_id: zone },
      result: { status: 'unknown', reason: 'no_outcome' },
    });
    const next = await startProcess(environment);
    expect((await put(next.url, '/settings', { enabled: true })).status).toBe(200);
    expect(await next.stop('SIGTERM')).toBe(0);
    expect((await runAudit(['verify'], environment)).code).toBe(0);
    expect((await runAudit(['prune', '--older-than', '0d'], environment)).code).toBe(0);
    expect((await runAudit(['verify'], environment)).code).toBe(0);
  }, 120_000);
});
