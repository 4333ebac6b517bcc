import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AuditEnvironment, changesIn, verified } from '../support/audited.js';
import { eventually } from '../support/eventually.js';
import { ask, mutate } from '../support/graphql.js';
import { call, codeOf } from '../support/http.js';
import { lockedByAnother } from '../support/lock.js';
import { type RunningProcess, startProcess } from '../support/process.js';
import { bearer, pathOf, seededZone } from '../support/requests.js';
import { type RunningSandbox, startSandbox } from '../support/sandbox.js';

const isRoot = process.getuid?.() === 0;
/** The modes of files count for root too without these. */
const asNobodySpecial = isRoot
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
  : [];
const soonMs = 2500;

describe('With an audit log that cannot be written, the gateway', () => {
  let sandbox: RunningSandbox;
  let folder: string;
  let path: string;
  let environment: AuditEnvironment & Record<'CLOUDFLARE_BASE_URL', string>;
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox?.close());
  beforeEach(async () => {
    await sandbox.reset();
    folder = mkdtempSync(join(tmpdir(), 'audit-faults-'));
    path = join(folder, 'data', 'audit.db');
    environment = {
      CLOUDFLARE_BASE_URL: sandbox.url,
      AUDIT_URL: `file:${path}`,
      KEYS_FILE: join(folder, 'keys.json'),
    };
  });

  interface Told {
    readonly way: 'rest' | 'graphql';
    readonly status: number;
    /** The code in the shape of the face. */
    readonly code: unknown;
    readonly ms: number;
  }

  async function change({ url }: RunningProcess, way: Told['way']): Promise<Told> {
    const begun = performance.now();
    if (way === 'rest') {
      const body = { enabled: true };
      const reply = await call(`${url}/client/v4${pathOf('/settings')}`, 'PUT', { headers: bearer, body });
      return { way, status: reply.status, code: codeOf(reply), ms: performance.now() - begun };
    }
    const { errors, status } = await mutate({ url }, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: true,
    });
    return { way, status, code: errors[0]?.extensions.code, ms: performance.now() - begun };
  }

  const bothWays = (gateway: RunningProcess, times = 1) =>
    Promise.all(
      Array.from({ length: times }, () => [change(gateway, 'rest'), change(gateway, 'graphql')]).flat(),
    );

  const done = [
    { way: 'rest', status: 200, code: undefined },
    { way: 'graphql', status: 200, code: undefined },
  ];

  function expectRefused(told: readonly Told[]): void {
    for (const { way, status, code, ms } of told) {
      expect({ way, status, code }).toEqual(
        way === 'rest' ? { way, status: 503, code: 99031 } : { way, status: 200, code: 'AUDIT_UNAVAILABLE' },
      );
      expect(ms).toBeLessThan(soonMs);
    }
  }

  const changesMade = async () => (await sandbox.calls())['settings.update'] ?? 0;

  async function expectReads({ url }: RunningProcess): Promise<void> {
    const options = { headers: { ...bearer, 'cache-control': 'no-cache' } };
    expect((await call(`${url}/client/v4${pathOf('/settings')}`, 'GET', options)).status).toBe(200);
    const { data } = await ask({ url }, `{ zone(id: "${seededZone}") { settings { enabled } } }`);
    expect(data).toMatchObject({ zone: { settings: { enabled: expect.any(Boolean) } } });
  }

  const readinessOf = ({ url }: RunningProcess) => call(`${url}/health/ready`, 'GET');

  const isReadyAgain = (gateway: RunningProcess) =>
    eventually(async () => (await readinessOf(gateway)).status === 200 || undefined);

  /** All that is promised while it cannot be written, and after. */
  async function expectToHold(gateway: RunningProcess, mend: () => Promise<void>): Promise<void> {
    const before = await changesMade();
    expectRefused([await change(gateway, 'rest')]);
    expectRefused(await bothWays(gateway, 10));
    await expectReads(gateway);
    const readiness = await readinessOf(gateway);
    expect(readiness.status).toBe(503);
    expect(JSON.parse(readiness.body.toString())).toEqual({
      status: 'unready',
      reasons: [expect.stringMatching(/^audit: /)],
    });
    expect((await call(`${gateway.url}/health/live`, 'GET')).status).toBe(200);
    expect(await changesMade()).toBe(before);

    await mend();
    await isReadyAgain(gateway);
    expect(await bothWays(gateway)).toMatchObject(done);
    expect(await changesMade()).toBe(before + 2);
    expect(await gateway.stop('SIGINT')).toBe(0);
    const changes = await changesIn(environment);
    expect(changes.filter(({ stage }) => stage === 'outcome')).toHaveLength(before + 2);
    const takenBack = new Set(changes.flatMap(({ stage, op_id }) => (stage === 'not_sent' ? [op_id] : [])));
    const intents = changes.filter(({ stage, op_id }) => stage === 'intent' && !takenBack.has(op_id));
    expect(intents).toHaveLength(before + 2);
    expect((await verified(environment)).finding).toBeNull();
    rmSync(folder, { recursive: true });
  }

  it('holds while another process has locked the file', async () => {
    const gateway = await startProcess(environment);
    expect(await bothWays(gateway)).toMatchObject(done);
    const unlock = await lockedByAnother(path);
    await expectToHold(gateway, unlock);
  });

  it('holds while another process has locked the file before it started', async () => {
    await (await startProcess(environment)).stop('SIGINT');
    const unlock = await lockedByAnother(path);
    await expectToHold(await startProcess(environment), unlock);
  });

  it('holds while its folder may not be written', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o500 });
    const gateway = await startProcess(environment, asNobodySpecial);
    await expectToHold(gateway, () => Promise.resolve(chmodSync(join(folder, 'data'), 0o700)));
  });

  it('holds while there is a file where its folder should be', async () => {
    writeFileSync(join(folder, 'data'), '');
    const gateway = await startProcess(environment);
    await expectToHold(gateway, () => Promise.resolve(rmSync(join(folder, 'data'))));
  });

  it('holds while no file may grow, as on a full disk', async () => {
    // Else the system ends a process that asks for more.
    const gateway = await startProcess(environment, ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh']);
    expect(await bothWays(gateway)).toMatchObject(done);
    await limitFiles(gateway, '1024');
    await expectToHold(gateway, () => limitFiles(gateway, 'unlimited'));
  });
});

async function limitFiles({ pid }: RunningProcess, bytes: string): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
