import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endsWithUs } from '../support/basics/ends-with-us.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { scratchFolder } from '../support/basics/scratch.js';

const settingsPath = '/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth/settings';
const headers = { authorization: 'Bearer sandbox-token-read-write' };

describe('A log that cannot be written', () => {
  let sandbox: RunningSandbox;
  const folder = scratchFolder('log-fails');
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const freePort = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    return port;
  };

  /** @param shell runs `"$@"`, the gateway, with the standard output that the test needs */
  const startIn = async (shell: string, name: string) => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const child = endsWithUs(
      spawn('bash', ['--norc', '-c', shell, 'bash', process.execPath, 'dist/src/main.js'], {
        env: {
          PATH: process.env['PATH'],
          PORT: String(port),
          METRICS_PORT: String(metricsPort),
          CLOUDFLARE_BASE_URL: sandbox.url,
          AUDIT_URL: `file:${join(folder, `${name}.db`)}`,
          KEYS_FILE: join(folder, 'keys.json'),
          FOLDER: folder,
        },
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const url = `http://127.0.0.1:${port}`;
    const health = async () => (await (await fetch(`${url}/health/ready`)).json()) as { reasons?: string[] };
    await eventually(async () => health().catch(() => undefined), { seconds: 60 });
    const dropped = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return Number(/^log_lines_dropped_total (\d+)/m.exec(text)?.[1] ?? 'NaN');
    };
    return { child, url, health, dropped };
  };
  const ask = async (url: string, times: number) => {
    for (let i = 0; i < times; i++) {
      const { status } = await fetch(url + settingsPath, { headers, signal: AbortSignal.timeout(5000) });
      expect(status).toBe(200);
    }
  };
  const ended = async (child: ChildProcess) => {
    const [code] = (await once(child, 'exit')) as [number];
    return code;
  };
  const isAllowed = spawnSync('unshare', ['-Urm', 'true']).status === 0 || process.getuid?.() === 0;
  const unshare = process.getuid?.() === 0 ? 'unshare -m' : 'unshare -Urm';

  (isAllowed ? it.concurrent : it.concurrent.skip)(
    'The gateway loses log lines while the disk is full, and continues by itself',
    async () => {
      // A line on standard input makes room on the disk.
      const inside = `mkdir -p "$FOLDER/full" && mount -t tmpfs -o size=64k tmpfs "$FOLDER/full" || exit 9
      "$@" > "$FOLDER/full/gateway.log" & gateway=$!
      read -r; mount -o remount,size=1m "$FOLDER/full"
      read -r; cat "$FOLDER/full/gateway.log"; kill -INT $gateway; wait $gateway`;
      const { child, url, health, dropped } = await startIn(
        `exec ${unshare} bash --norc -c '${inside}' bash "$@"`,
        'full',
      );
      let printed = '';
      child.stdout?.on('data', (chunk) => (printed += String(chunk)));
      await ask(url, 400);
      expect((await health()).reasons).toEqual(['log: ENOSPC']);
      expect(await dropped()).toBeGreaterThan(50);
      child.stdin?.write('\n');
      await eventually(async () => ((await health()).reasons === undefined ? true : undefined));
      await ask(url, 1);
      child.stdin?.write('\n');
      expect(await ended(child)).toBe(0);
      const told = printed.split('\n').filter((line) => line.includes('"log lines were lost"'));
      expect(told.map((line) => JSON.parse(line) as object)).toEqual([
        expect.objectContaining({ level: 40, reason: 'ENOSPC', lost: expect.any(Number) }),
      ]);
    },
  );

  it.concurrent('The gateway loses log lines where the file may not grow', async () => {
    const { child, url, health, dropped } = await startIn(
      `trap '' XFSZ; exec 3> "$FOLDER/limited.log"; "$@" >&3 & p=$!; prlimit --pid $p --fsize=1048576; read -r; prlimit --pid $p --fsize=4096; read -r; kill -INT $p; wait $p`,
      'limited',
    );
    await ask(url, 1);
    child.stdin?.write('\n');
    await eventually(async () => {
      await ask(url, 20);
      return (await health()).reasons?.includes('log: EFBIG') || undefined;
    });
    expect(await dropped()).toBeGreaterThan(0);
    child.stdin?.write('\n');
    expect(readFileSync(join(folder, 'limited.log'), 'utf8')).toContain('"listening"');
    await ended(child);
  });

  it.concurrent(
    'A paused reader of the log costs log lines, and delays neither requests nor the end',
    async () => {
      const { child, url, health, dropped } = await startIn(`exec "$@"`, 'unread');
      child.stdout?.pause();
      const wanted = { headers: { 'x-request-id': 'a'.repeat(64) } };
      await eventually(
        async () => {
          await Promise.all(
            Array.from({ length: 200 }, () => fetch(`${url}/nowhere`, wanted).then((r) => r.text())),
          );
          return (await health()).reasons?.includes('log: EAGAIN') || undefined;
        },
        { seconds: 90 },
      );
      expect(await dropped()).toBeGreaterThan(0);
      child.kill('SIGINT');
      expect(await ended(child)).toBe(0);
    },
  );

  it.concurrent('The gateway loses log lines where the reader has closed the pipe', async () => {
    const { child, url, health, dropped } = await startIn(`exec "$@"`, 'gone');
    child.stdout?.destroy();
    await ask(url, 10);
    expect((await health()).reasons).toEqual(['log: EPIPE']);
    expect(await dropped()).toBeGreaterThan(5);
    child.kill('SIGINT');
    expect(await ended(child)).toBe(0);
  });
});
