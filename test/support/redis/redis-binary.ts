import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { aptInstall } from '../servers/apt.js';
import { endsWithUs } from '../basics/ends-with-us.js';
import { foundOrInstalled, isExecutable } from '../servers/installed.js';
import { type RedisMachine } from './redis.js';

/** A Redis that is a child of the test, on a free port of the loopback, in a folder that goes with it. */
export class RedisBinary implements RedisMachine {
  readonly host = '127.0.0.1';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly binary: string,
    readonly port: number,
    private readonly folder: string,
    private readonly args: readonly string[],
  ) {}

  static async create(binary: string, settings: Readonly<Record<string, string>>): Promise<RedisBinary> {
    const [port, folder] = await whereToRun();
    const all = { port: String(port), bind: '127.0.0.1', dir: folder, save: '', ...settings };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    return new RedisBinary(binary, port, folder, args);
  }

  /** A sentinel is the same program. It takes its settings from a file alone, and writes there what it learns. */
  static async sentinel(binary: string, settings: Readonly<Record<string, string>>): Promise<RedisBinary> {
    const [port, folder] = await whereToRun();
    const all = { port, bind: '127.0.0.1', dir: folder, ...settings };
    const file = join(folder, 'sentinel.conf');
    await writeFile(
      file,
      Object.entries(all)
        .map((line) => `${line.join(' ')}\n`)
        .join(''),
    );
    return new RedisBinary(binary, port, folder, [file, '--sentinel']);
  }

  get peer(): readonly [string, number] {
    return [this.host, this.port];
  }

  get kind(): string {
    return this.binary;
  }

  start(): Promise<void> {
    // Debian ships one program under several names, and it becomes the server by the name that it is called by.
    this.child = endsWithUs(spawn(this.binary, this.args, { argv0: 'redis-server', stdio: 'ignore' }));
    return Promise.resolve();
  }

  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = signal === 'SIGKILL' ? once(child, 'exit') : undefined;
    child.kill(signal);
    await exited;
  }

  readSnapshot(): Promise<Buffer> {
    return readFile(this.snapshotPath);
  }

  async writeSnapshot(snapshot: Buffer | null): Promise<void> {
    if (snapshot) await writeFile(this.snapshotPath, snapshot);
    else await rm(this.snapshotPath, { force: true });
  }

  async remove(): Promise<void> {
    await this.signal('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private get snapshotPath(): string {
    return join(this.folder, 'dump.rdb');
  }
}

async function whereToRun(): Promise<[port: number, folder: string]> {
  return [await freePort(), await mkdtemp(join(tmpdir(), 'test-redis-'))];
}

let found: Promise<string> | undefined;

/** The program to run. */
export function redisBinary(): Promise<string> {
  return (found ??= foundOrInstalled({
    find,
    // Not redis-server: that package starts a service. The program itself is in redis-tools.
    install: () => aptInstall('redis-tools', '/usr/bin/redis-check-rdb'),
    advice:
      'This test needs a real Redis and found no redis-server: install it (Debian, Ubuntu: apt-get install redis-tools; macOS: brew install redis). Most tests do with a Docker engine instead.',
    missing: 'apt-get installed redis-tools, and there is no redis-server in it.',
  }));
}

async function find(): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  for (const name of ['redis-server', 'valkey-server', 'redis-check-rdb']) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
