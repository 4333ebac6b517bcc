import { execFile } from 'node:child_process';
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall } from '../servers/apt.js';
import { foundOrInstalled, isExecutable } from '../servers/installed.js';

const run = promisify(execFile);

/** Debian's folder: a version each. */
const versions = '/usr/lib/postgresql';

let found: Promise<string> | undefined;

/** The program to run; `initdb` is beside it. */
export function postgresBinary(): Promise<string> {
  return (found ??= foundOrInstalled({
    find,
    install,
    advice:
      'This test needs a real PostgreSQL and found neither a Docker engine nor the program postgres: start Docker, or install PostgreSQL (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql).',
    missing: `apt-get installed PostgreSQL, and there is none below ${versions}.`,
  }));
}

async function install(): Promise<void> {
  // The package of the server makes a cluster and starts it, unless it is told not to.
  await mkdir('/etc/postgresql-common', { recursive: true });
  await writeFile('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n', {
    flag: 'wx',
  }).catch(() => undefined);
  // It fetches the lists too, which say what version Debian has.
  await aptInstall('postgresql-common', '/usr/bin/pg_ctlcluster');
  const { stdout } = await run('apt-cache', ['search', '--names-only', '^postgresql-[0-9]+$']);
  const [name, version] = /^postgresql-(\d+)/m.exec(stdout) ?? [];
  if (!name || !version) throw new Error('apt-cache knows no PostgreSQL.');
  await aptInstall(name, join(versions, version, 'bin/postgres'));
}

async function find(): Promise<string | undefined> {
  const debian = (await readdir(versions).catch(() => []))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, 'bin'));
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...debian]) {
    const path = await realpath(join(folder, 'postgres')).catch(() => '');
    if (await isExecutable(path)) return path;
  }
  return undefined;
}
