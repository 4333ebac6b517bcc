import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { expectChanges, expectToHold } from '../support/audit/audit-hold.js';
import { type AuditEnvironment } from '../support/audit/audited.js';
import { lockedByAnother } from '../support/audit/lock.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const isRoot = process.getuid?.() === 0;
/** The modes of files count for root too without these. */
const asNobodySpecial = isRoot
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
  : [];

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
  afterEach(() => rmSync(folder, { recursive: true }));

  const holds = (gateway: RunningProcess, mend: () => Promise<void>) =>
    expectToHold(gateway, sandbox, environment, mend);

  it('holds while another process has locked the file', async () => {
    const gateway = await startProcess(environment);
    await expectChanges(gateway);
    await holds(gateway, await lockedByAnother(path));
  });

  it('holds while another process has locked the file before it started', async () => {
    await (await startProcess(environment)).stop('SIGINT');
    const unlock = await lockedByAnother(path);
    await holds(await startProcess(environment), unlock);
  });

  it('holds while its folder may not be written', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(data, 0o500);
    const gateway = await startProcess(environment, asNobodySpecial);
    await holds(gateway, () => Promise.resolve(chmodSync(data, 0o700)));
  });

  it('holds while there is a file where its folder should be', async () => {
    writeFileSync(join(folder, 'data'), '');
    const gateway = await startProcess(environment);
    await holds(gateway, () => Promise.resolve(rmSync(join(folder, 'data'))));
  });

  it('holds while no file may grow, as on a full disk', async () => {
    // Else the system ends a process that asks for more.
    const gateway = await startProcess(environment, ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh']);
    await expectChanges(gateway);
    await limitFiles(gateway, '1024');
    await holds(gateway, () => limitFiles(gateway, 'unlimited'));
  });
});

async function limitFiles({ pid }: RunningProcess, bytes: string): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
