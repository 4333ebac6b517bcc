import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

let server: { url: string; close: () => Promise<void> };
beforeAll(async () => {
  server = await postgresUrl();
}, 600_000);
afterAll(() => server?.close());

/** A sandbox, and a database behind a pooler, for the gateways of a test. */
class Stage implements AsyncDisposable {
  private constructor(
    readonly sandbox: RunningSandbox,
    private readonly pooler: Pooler,
    private readonly folder: string,
    readonly environment: AuditEnvironment & Record<'CLOUDFLARE_BASE_URL', string>,
  ) {}

  static async start(): Promise<Stage> {
    const sandbox = await startSandbox();
    const folder = mkdtempSync(join(tmpdir(), 'audit-pooler-'));
    const { url } = await aDatabase(server.url);
    // Fewer connections than a gateway has: every transaction may meet another.
    const pooler = await startPgbouncer(url, { pool_mode: 'transaction', default_pool_size: '2' });
    const environment = {
      CLOUDFLARE_BASE_URL: sandbox.url,
      AUDIT_URL: pooler.url,
      KEYS_FILE: join(folder, 'keys.json'),
    };
    initKeyRing(environment.KEYS_FILE);
    return new Stage(sandbox, pooler, folder, environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pooler[Symbol.asyncDispose]();
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true });
  }
}

const put = (url: string, path: string, body: object) =>
  call(`${url}/client/v4${pathOf(path)}`, 'PUT', { headers: bearer, body });

async function recover(environment: AuditEnvironment): Promise<void> {
  const store = auditStoreOf(auditUrlSchema.parse(environment.AUDIT_URL));
  const keys = new AuditKeys(loadKeyRing(environment.KEYS_FILE, { mayCreate: false }).ring);
  const writer = new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined });
  const recovery = new Recovery(store, writer, { givenUpAfterMs: 0 });
  await writer.start();
  await recovery.run();
  await recovery.close();
  await writer.close();
}

// Much of a test is waiting for processes, so they run side by side.
describe('Audit log behind a pooler that pools by transaction', () => {
  it.concurrent(
    'Two replicas record their changes and find them, and the log verifies',
    async () => {
      await using stage = await Stage.start();
      const { environment } = stage;
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
      const codes = await Promise.all(gateways.map((gateway) => gateway.stop('SIGINT')));
      for (const code of codes) expect(code).toBe(0);
      expect(await runAudit(['verify'], environment)).toMatchObject({
        code: 0,
        output: expect.stringContaining('verify'),
        errors: '',
      });
    },
    120_000,
  );

  it.concurrent(
    'The recovery ends the intent of a gateway that is killed in a change, and the log verifies',
    async () => {
      await using stage = await Stage.start();
      const { environment, sandbox } = stage;
      const gateway = await startProcess(environment);
      expect((await put(gateway.url, '/settings', { enabled: true })).status).toBe(200);
      await sandbox.faults({
        rules: [{ operation: 'settings.update', count: 1, action: { hang: 'after' } }],
      });
      const changing = put(gateway.url, '/settings', { enabled: false }).catch(() => null);
      await eventually(async () => (await sandbox.calls())['settings.update'] === 2 || undefined);
      await gateway.stop('SIGKILL');
      await changing;
      await recover(environment);
      const changes = await changesIn(environment);
      expect(changes.at(-1)).toMatchObject({
        stage: 'outcome',
        entry: 'recovery',
        target: { zone_id: zone },
        result: { status: 'unknown', reason: 'no_outcome' },
      });
      const next = await startProcess(environment);
      expect((await put(next.url, '/settings', { enabled: true })).status).toBe(200);
      expect(await next.stop('SIGINT')).toBe(0);
      expect((await runAudit(['verify'], environment)).code).toBe(0);
      expect((await runAudit(['prune', '--older-than', '0d'], environment)).code).toBe(0);
      expect((await runAudit(['verify'], environment)).code).toBe(0);
    },
    120_000,
  );
});
