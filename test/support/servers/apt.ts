import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether what a test needs can be installed here: root on Debian. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** Installs a package of Debian's, and says so. Tests run side by side, and apt does not: one waits for the other. */
export async function aptInstall(name: string, isThere: string): Promise<void> {
  process.stderr.write(`Not on this machine: apt-get install -y ${name}\n`);
  const install = [
    'apt-get -o DPkg::Lock::Timeout=120 update -qq',
    'apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$0"',
  ].join(' && ');
  const unlessThere = `test -x "$1" || { ${install}; }`;
  await run('flock', [join(tmpdir(), 'test-apt.lock'), 'sh', '-c', unlessThere, name, isThere], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 8 * 60 * 1000,
    maxBuffer: 16 * 1024 * 1024,
  });
}
