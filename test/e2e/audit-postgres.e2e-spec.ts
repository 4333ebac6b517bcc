import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { expectChanges, expectToHold, isReadyAgain } from '../support/audit/audit-hold.js';
import { type AuditEnvironment, changesIn, verified } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { call, codeOf } from '../support/http/http.js';
import { aDatabase, startPostgres, type TestPostgres } from '../support/postgres/postgres.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { startWire, type Wire } from '../support/http/wire.js';

interface Found {
  readonly errors: readonly { readonly code: number }[];
  readonly result: readonly { readonly stage: string }[] | null;
}

/** One for each test that runs at a time (`maxConcurrency`), since a test stops its server. */
const servers: TestPostgres[] = [];
const free: TestPostgres[] = [];
beforeAll(async () => {
  // One after the other: the first may have to install PostgreSQL.
  servers.push(await startPostgres());
  servers.push(await startPostgres());
  free.push(...servers);
}, 600_000);
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** A sandbox, and a database on a server that no other running test has. */
class Stage implements AsyncDisposable {
  private constructor(
    readonly postgres: TestPostgres,
    readonly wire: Wire,
    readonly sandbox: RunningSandbox,
    private readonly folder: string,
    readonly environment: AuditEnvironment & Record<'CLOUDFLARE_BASE_URL', string>,
  ) {}

  static async start(): Promise<Stage> {
    const postgres = free.pop();
    if (!postgres) throw new Error('More tests run at a time than there are servers.');
    const folder = mkdtempSync(join(tmpdir(), 'audit-postgres-'));
    const KEYS_FILE = join(folder, 'keys.json');
    initKeyRing(KEYS_FILE);
    const { url } = await aDatabase(postgres.url);
    const sandbox = await startSandbox();
    const environment = { CLOUDFLARE_BASE_URL: sandbox.url, AUDIT_URL: url, KEYS_FILE };
    return new Stage(postgres, await startWire(postgres.port), sandbox, folder, environment);
  }

  startThroughTheWire(): Promise<RunningProcess> {
    const url = new URL(this.environment.AUDIT_URL);
    url.host = `127.0.0.1:${this.wire.port}`;
    return startProcess({ ...this.environment, AUDIT_URL: url.href });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.postgres.cont();
    await this.wire.close();
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true });
    free.push(this.postgres);
  }
}

const put = (url: string) =>
  call(`${url}/client/v4${pathOf('/settings')}`, 'PUT', { headers: bearer, body: { enabled: true } });

// Much of a test is waiting for time-outs, so they run side by side.
describe('Audit log in PostgreSQL', () => {
  it.concurrent(
    'Readiness follows a stop of PostgreSQL and its end, also without a change',
    async () => {
      await using stage = await Stage.start();
      const { environment, postgres } = stage;
      const gateway = await startProcess(environment);
      const readiness = async () => (await call(`${gateway.url}/health/ready`, 'GET')).status;
      expect(await readiness()).toBe(200);
      await postgres.stop();
      await eventually(async () => (await readiness()) === 503 || undefined, { seconds: 20 });
      await postgres.cont();
      await isReadyAgain(gateway);
      await expectChanges(gateway);
      expect(await gateway.stop('SIGINT')).toBe(0);
      expect((await verified(environment)).finding).toBeNull();
    },
    60_000,
  );

  it.concurrent('The gateway refuses changes and answers reads while PostgreSQL is stopped', async () => {
    await using stage = await Stage.start();
    const { environment, postgres, sandbox } = stage;
    const gateway = await startProcess(environment);
    await expectChanges(gateway);
    await postgres.stop();
    await expectToHold(gateway, sandbox, environment, () => postgres.cont());
  });

  it.concurrent(
    'Searches answer 503 within 7 s while PostgreSQL is stopped, at once where many wait',
    async () => {
      await using stage = await Stage.start();
      const { environment, postgres } = stage;
      const gateway = await startProcess(environment);
      await expectChanges(gateway);
      const search = async () => {
        const start = performance.now();
        const url = `${gateway.url}/audit/events?zone=${seededZone}`;
        const { status, body } = await call(url, 'GET', { headers: bearer });
        const { errors, result } = JSON.parse(String(body)) as Found;
        return { status, codes: errors.map(({ code }) => code), result, took: performance.now() - start };
      };
      expect((await search()).result?.map(({ stage }) => stage)).toContain('outcome');
      await postgres.stop();
      const refused = await Promise.all(Array.from({ length: 20 }, search));
      expect(refused.filter(({ status, codes }) => status !== 503 || codes[0] !== 99031)).toEqual([]);
      expect(Math.max(...refused.map(({ took }) => took))).toBeLessThan(7000);
      expect(refused.filter(({ took }) => took < 700).length).toBeGreaterThanOrEqual(4);
      await postgres.cont();
      const { result } = await eventually(async () => {
        const found = await search();
        return found.status === 200 ? found : undefined;
      });
      expect(result?.map(({ stage }) => stage)).toContain('outcome');
      expect(await gateway.stop('SIGINT')).toBe(0);
    },
  );

  it.concurrent('An intent whose storing was not confirmed is taken back with not_sent', async () => {
    await using stage = await Stage.start();
    const { environment, sandbox, wire } = stage;
    const gateway = await stage.startThroughTheWire();
    await expectChanges(gateway);
    wire.mute();
    const refused = await put(gateway.url);
    expect({ status: refused.status, code: codeOf(refused) }).toEqual({ status: 503, code: 99031 });
    expect((await sandbox.calls())['settings.update']).toBe(2);
    wire.mend();
    await isReadyAgain(gateway);
    await eventually(
      async () => (await changesIn(environment)).some(({ stage }) => stage === 'not_sent') || undefined,
    );
    expect(await gateway.stop('SIGINT')).toBe(0);
    const ofRefused = (await changesIn(environment)).filter(
      ({ request_id }) => request_id === refused.headers['x-request-id'],
    );
    expect(ofRefused).toMatchObject([
      { stage: 'intent' },
      { stage: 'not_sent', result: { status: 'failure', reason: 'audit_unavailable' } },
    ]);
    expect(new Set(ofRefused.map(({ op_id }) => op_id)).size).toBe(1);
    expect((await verified(environment)).finding).toBeNull();
  });

  it.concurrent('An outcome whose storing was not confirmed is stored once', async () => {
    await using stage = await Stage.start();
    const { environment, sandbox, wire } = stage;
    const gateway = await stage.startThroughTheWire();
    await expectChanges(gateway);
    await sandbox.faults({
      rules: [{ operation: 'settings.update', action: { delayMs: 700, when: 'after' } }],
    });
    const writing = put(gateway.url);
    await eventually(async () => ((await sandbox.calls())['settings.update'] === 3 ? true : undefined));
    wire.mute();
    const { status, headers } = await writing;
    expect({ status, pending: headers['audit-outcome'] }).toEqual({ status: 200, pending: 'pending' });
    wire.mend();
    await isReadyAgain(gateway);
    expect(await gateway.stop('SIGINT')).toBe(0);
    const changes = (await changesIn(environment)).filter(
      ({ request_id }) => request_id === headers['x-request-id'],
    );
    expect(changes).toMatchObject([{ stage: 'intent' }, { stage: 'outcome', result: { status: 'success' } }]);
    expect((await verified(environment)).finding).toBeNull();
  });
});
