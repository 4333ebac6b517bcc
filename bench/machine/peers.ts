import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sources } from './sources.js';

const run = promisify(execFile);
const folder = new URL('peers/', sources);

/** Installs the packages of the peers, which only this benchmark needs, unless those of the lock file are there. */
export async function installPeers(): Promise<void> {
  const [wanted, there] = await Promise.all([
    packagesOf('package-lock.json'),
    packagesOf('node_modules/.package-lock.json').catch(() => undefined),
  ]);
  if (wanted === there) return;
  console.error('npm ci in bench/peers');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fileURLToPath(folder) });
}

/** Names and versions of a lock file, in their order. */
async function packagesOf(file: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(new URL(file, folder), 'utf8')) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([name, { optional }]) => name !== '' && !optional)
    .map(([name, { version }]) => `${name} ${version}`)
    .join('\n');
}
