import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endsWithUs } from '../basics/ends-with-us.js';
import { type Owner } from './postgres.js';
import { childrenOf, gone, kill } from './postgres-processes.js';
import { freePort } from '../redis/redis-binary.js';
import { type Machine } from '../servers/test-server.js';

const run = promisify(execFile);

/** One call in place of an fsync of each file, before the recovery after a SIGKILL. Only Linux has it. */
const syncAtStart = process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {};

/** A PostgreSQL that is a child of the test, on a free port of the loopback, in a folder that goes with it. */
export class PostgresBinary implements Machine {
  readonly host = '127.0.0.1';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly binary: string,
    readonly port: number,
    private readonly folder: string,
    private readonly as: RunAs,
  ) {}

  static async create(binary: string, owner: Owner): Promise<PostgresBinary> {
    const as = await runAs();
    const folder = await ownFolder('test-postgres-', as);
    await run('cp', ['-a', await template(binary, owner, as), join(folder, 'data')]);
    return new PostgresBinary(binary, await freePort(), folder, as);
  }

  get kind(): string {
    return this.binary;
  }

  start(): Promise<void> {
    const settings = {
      listen_addresses: this.host,
      port: this.port,
      unix_socket_directories: '',
      ...syncAtStart,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // Its other processes end when they see that this one has.
    this.child = endsWithUs(
      spawn(this.binary, ['-D', 'data', ...args], { cwd: this.folder, stdio: 'ignore', ...this.as }),
    );
    return Promise.resolve();
  }

  /** To each of its processes: they are in no group together, since PostgreSQL gives each one of its own. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const { child } = this;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = signal === 'SIGKILL' ? once(child, 'exit') : undefined;
    // Stopped first, so that it makes no others meanwhile.
    if (signal !== 'SIGCONT') kill(child.pid, 'SIGSTOP');
    const others = childrenOf(child.pid);
    for (const pid of [...others, child.pid]) kill(pid, signal);
    await exited;
    // As long as one of them lives, the next server will not start on their data.
    if (exited) await gone(others);
  }

  async remove(): Promise<void> {
    await this.signal('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Undefined for whoever runs the test. */
type RunAs = { readonly uid: number; readonly gid: number } | undefined;

/** PostgreSQL refuses to run as root. */
async function runAs(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (what: string) => run('id', [what, 'postgres']).then(({ stdout }) => Number(stdout));
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

async function ownFolder(prefix: string, as: RunAs): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  if (as) await chown(folder, as.uid, as.gid);
  return folder;
}

/** An empty cluster to copy: making one takes a second, and each of its version and user is alike. */
async function template(binary: string, owner: Owner, as: RunAs): Promise<string> {
  const { stdout: version } = await run(binary, ['--version']);
  const uid = as?.uid ?? process.getuid?.() ?? 0;
  const kind = createHash('sha256')
    .update(JSON.stringify([version, uid, owner]))
    .digest('hex');
  const known = join(tmpdir(), `test-postgres-template-${kind.slice(0, 16)}`);
  if (await isOwnedBy(known, uid)) return known;

  const folder = await ownFolder('test-postgres-new-', as);
  await writeFile(join(folder, 'password'), owner.password, { mode: 0o600 });
  if (as) await chown(join(folder, 'password'), as.uid, as.gid);
  await run(
    join(dirname(binary), 'initdb'),
    [
      '-D',
      'data',
      '-U',
      owner.user,
      '-A',
      'scram-sha-256',
      '--pwfile',
      'password',
      '-E',
      'UTF8',
      '--locale',
      'C',
    ],
    { cwd: folder, timeout: 60_000, ...as },
  );
  await chmod(join(folder, 'data'), 0o700);
  // Where another was quicker its own stays, and is as good.
  await rename(join(folder, 'data'), known).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
  return known;
}

async function isOwnedBy(folder: string, uid: number): Promise<boolean> {
  return stat(folder).then(
    (found) => found.uid === uid,
    () => false,
  );
}
