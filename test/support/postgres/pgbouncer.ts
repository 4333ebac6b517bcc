import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, mayInstall } from '../servers/apt.js';
import { endsWithUs } from '../basics/ends-with-us.js';
import { eventually } from '../basics/eventually.js';
import { runSql } from './postgres.js';
import { freePort } from '../redis/redis-binary.js';

const program = '/usr/sbin/pgbouncer';

export interface Pooler extends AsyncDisposable {
  /** Of the same user and database, through the pooler. */
  readonly url: string;
}

/** A pgbouncer as Debian ships it before a database, with no parameter ignored. */
export async function startPgbouncer(
  database: string,
  settings: Readonly<Record<string, string>>,
): Promise<Pooler> {
  if (!existsSync(program)) {
    if (!mayInstall()) throw new Error('This test needs pgbouncer: apt-get install pgbouncer.');
    await aptInstall('pgbouncer', program);
  }
  const folder = await mkdtemp(join(tmpdir(), 'test-pgbouncer-'));
  const { hostname, port, username, password, pathname } = new URL(database);
  const own = await freePort();
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: String(own),
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    unix_socket_dir: '',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const name = pathname.slice(1);
  const text = [
    `[databases]`,
    `${name} = host=${hostname} port=${port} dbname=${name}`,
    '[pgbouncer]',
    ...lines,
  ];
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  await writeFile(join(folder, 'pgbouncer.ini'), `${text.join('\n')}\n`);
  await chmod(folder, 0o755);
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child: ChildProcess = endsWithUs(
    spawn(program, [join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...as }),
  );
  const url = Object.assign(new URL(database), { hostname: '127.0.0.1', port: String(own) }).href;
  await eventually(() =>
    runSql(url, 'SELECT 1').then(
      () => true,
      (error: { code?: string }) => (error.code === 'ECONNREFUSED' ? undefined : true),
    ),
  );
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
