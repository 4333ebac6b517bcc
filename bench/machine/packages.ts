import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './sources.js';

const run = promisify(execFile);

/**
 * Installs the packages of a folder of the repository, unless those of its lock file are there: they are needed for one purpose, and
 * `npm ci` of the repository does without them.
 *
 * @param path with a slash at the end
 */
export async function installPackages(path: string): Promise<void> {
  const folder = new URL(path, root);
  const [wanted, there] = await Promise.all([
    packagesOf(new URL('package-lock.json', folder)),
    packagesOf(new URL('node_modules/.package-lock.json', folder)).catch(() => undefined),
  ]);
  if (wanted === there) return;
  console.error(`npm ci in ${path}`);
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fileURLToPath(folder) });
}

/** Names and versions of a lock file, in their order. */
async function packagesOf(file: URL): Promise<string> {
  const { packages } = JSON.parse(await readFile(file, 'utf8')) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([name, { optional }]) => name !== '' && !optional)
    .map(([name, { version }]) => `${name} ${version}`)
    .join('\n');
}
