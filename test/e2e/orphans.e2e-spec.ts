import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { endsWithUs } from '../support/basics/ends-with-us.js';
import { eventually } from '../support/basics/eventually.js';
import { redisBinary } from '../support/redis/redis-binary.js';

const jest = ['--no-warnings', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];

it('A killed test run leaves no gateway and no Redis', async () => {
  // Installed here, where there is time for it.
  await redisBinary();
  const folder = mkdtempSync(join(tmpdir(), 'orphans-'));
  const startedFile = join(folder, 'started.json');
  const run = spawn(process.execPath, [...jest, '--testMatch', '**/test/fixtures/killed-suite.ts'], {
    env: { ...process.env, STARTED_FILE: startedFile },
    stdio: 'ignore',
  });
  endsWithUs(run);
  const ports = await eventually(() => {
    expect(run.exitCode).toBeNull();
    return portsIn(startedFile);
  });
  expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);
  run.kill('SIGKILL');
  await once(run, 'exit');
  await eventually(async () => !(await Promise.all(ports.map(isOpen))).includes(true) || undefined);
  rmSync(folder, { recursive: true });
});

function portsIn(file: string): number[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as number[];
  } catch {
    return undefined;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
