import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from '@jest/globals';
import { expectChanges, expectToHold } from '../support/audit/audit-hold.js';
import { lockedByAnother } from '../support/audit/lock.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { startSandbox } from '../support/upstream/sandbox.js';

const isRoot = process.getuid?.() === 0;
/** Without these capabilities the modes of files apply to root too. */
const withoutOverride = isRoot
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
  : [];

/** A folder for the log of one gateway, and a sandbox for it. */
async function startStage() {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'audit-faults-'));
  const data = join(folder, 'data');
  const path = join(data, 'audit.db');
  const environment = {
    CLOUDFLARE_BASE_URL: sandbox.url,
    AUDIT_URL: `file:${path}`,
    KEYS_FILE: join(folder, 'keys.json'),
  };
  return {
    data,
    path,
    start: (through?: readonly string[]) => startProcess(environment, through),
    holds: (gateway: RunningProcess, mend: () => Promise<void>) =>
      expectToHold(gateway, sandbox, environment, mend),
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}

// Much of a test is waiting, so they run side by side.
describe('Audit logs that cannot be written', () => {
  it.concurrent('The gateway refuses changes while another process locks the file', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    await expectChanges(gateway);
    await stage.holds(gateway, await lockedByAnother(stage.path));
  });

  it.concurrent(
    'The gateway refuses changes while a process locks the file since before its start',
    async () => {
      await using stage = await startStage();
      await (await stage.start()).stop('SIGINT');
      const unlock = await lockedByAnother(stage.path);
      await stage.holds(await stage.start(), unlock);
    },
  );

  it.concurrent('The gateway refuses changes while the folder of the log is not writable', async () => {
    await using stage = await startStage();
    const { data } = stage;
    mkdirSync(data);
    chmodSync(data, 0o500);
    const gateway = await stage.start(withoutOverride);
    await stage.holds(gateway, () => Promise.resolve(chmodSync(data, 0o700)));
  });

  it.concurrent('The gateway refuses changes while a file is in the place of the folder', async () => {
    await using stage = await startStage();
    writeFileSync(stage.data, '');
    const gateway = await stage.start();
    await stage.holds(gateway, () => Promise.resolve(rmSync(stage.data)));
  });

  it.concurrent('The gateway refuses changes while no file may grow, as on a full disk', async () => {
    await using stage = await startStage();
    // Else the kernel ends a process that writes beyond the limit.
    const gateway = await stage.start(['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh']);
    await expectChanges(gateway);
    await limitFiles(gateway, '1024');
    await stage.holds(gateway, () => limitFiles(gateway, 'unlimited'));
  });
});

async function limitFiles({ pid }: RunningProcess, bytes: string): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
