import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './sources.js';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('node_modules/.cache/bench', root));
const lock = ['-o', 'DPkg::Lock::Timeout=120'];
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/** The programs that the benchmark runs and does not bring along. */
export interface Tools {
  readonly wrk: string;
  readonly nginx: string;
  /** The file of a Redis server, which runs as one when `argv[0]` is redis-server. */
  readonly redis: string;
}

/** Finds the programs, and installs Debian's where there are none. @throws Error that says what to install */
export async function tools(): Promise<Tools> {
  return {
    wrk: find(['wrk']) ?? (await installed('wrk', ['wrk'])),
    // Debian's redis-tools has the server under the last name. Its package redis-server starts a service.
    redis: find(redisNames) ?? (await installed('redis-tools', redisNames)),
    nginx: await nginxFile(),
  };
}

const redisNames = ['redis-server', 'valkey-server', 'redis-check-rdb'];

async function installed(name: string, programs: readonly string[]): Promise<string> {
  const onDebian = existsSync('/etc/debian_version');
  if (!onDebian || process.getuid?.() !== 0)
    throw new Error(`There is no ${programs[0]} in PATH. Debian, Ubuntu: apt-get install ${name}`);
  console.error(`Not on this machine: apt-get install -y ${name}`);
  await run('apt-get', [...lock, 'update', '-qq'], { env });
  await run('apt-get', [...lock, 'install', '-y', '-qq', '--no-install-recommends', name], { env });
  const found = find(programs);
  if (found === undefined)
    throw new Error(`apt-get installed ${name}, and there is no ${programs[0]} in it.`);
  return found;
}

/**
 * The file of nginx. Debian's package is unpacked without installing it, because an installed nginx starts a service.
 *
 * @throws Error that says what to install
 */
export async function nginxFile(): Promise<string> {
  const known = find(['nginx']);
  if (known !== undefined) return known;
  const folder = join(cache, 'nginx');
  const file = join(folder, 'usr/sbin/nginx');
  if (existsSync(file)) return file;
  if (!existsSync('/etc/debian_version'))
    throw new Error('There is no nginx in PATH. Debian, Ubuntu: apt-get install nginx');
  console.error(`Not on this machine: apt-get download nginx, unpacked in ${folder}`);
  await mkdir(folder, { recursive: true });
  const download = () => run('apt-get', ['download', '-qq', 'nginx'], { env, cwd: folder });
  await download().catch(async () => {
    await run('apt-get', [...lock, 'update', '-qq'], { env });
    await download();
  });
  await run('sh', ['-c', 'dpkg-deb -x nginx_*.deb .'], { cwd: folder });
  return file;
}

function find(names: readonly string[]): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/bin',
    '/usr/local/bin',
  ];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
