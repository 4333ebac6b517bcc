import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { nginxFile } from '../../../bench/machine/tools.js';
import { endsWithUs } from '../basics/ends-with-us.js';
import { eventually } from '../basics/eventually.js';
import { scratchFolder } from '../basics/scratch.js';

/** What `startNginx` may take where it has to fetch the package first. */
export const nginxTimeoutMs = 5 * 60 * 1000;

interface Nginx extends AsyncDisposable {
  readonly url: string;
}

/**
 * A real nginx, which ends with the test. Unpacked if the machine has none.
 *
 * @param servers the part of its configuration that differs, within `http`
 * @param port one that it listens on
 */
export async function startNginx(servers: string, port: number): Promise<Nginx> {
  const folder = scratchFolder('nginx');
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(servers));
  const args = ['-p', folder, '-c', file, '-e', 'stderr'];
  const child = endsWithUs(spawn(await nginxFile(), args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`nginx exited with ${child.exitCode}: ${said}`);
    return accepts(port);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** One process, so that it ends as a whole. */
function configuration(servers: string): string {
  return `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_timeout 1h; keepalive_requests 100000;
  client_body_temp_path body; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; proxy_temp_path proxy;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
${servers}
}
`;
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
