import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { settingsSchema } from '../../sandbox/settings.js';
import { endsWithUs } from '../support/basics/ends-with-us.js';

const program = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));

beforeAll(() => {
  if (!existsSync(program)) throw new Error('dist/sandbox/main.js is missing: run `npm run build` first');
});

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(env: Record<string, string>) {
  const child = endsWithUs(spawn(process.execPath, [program], { env }));
  running.push(child);
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (printed.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (printed.stderr += String(chunk)));
  return { child, printed, exited: once(child, 'close') };
}

describe('The sandbox as a program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'The sandbox prints its address in one line, and stops on %s',
    async (signal) => {
      const { child, printed, exited } = start({ SANDBOX_PORT: '0' });
      await once(child.stdout, 'data');
      const line = JSON.parse(printed.stdout) as { msg: string; url: string };
      expect(line).toEqual({
        msg: 'sandbox listening',
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/client\/v4$/),
      });

      // Also while a client waits for an answer.
      const faults = { rules: [{ action: { hang: 'before' } }] };
      await fetch(new URL('/__sandbox/faults', line.url), { method: 'POST', body: JSON.stringify(faults) });
      const zone = `${line.url}/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth`;
      const waiting = fetch(zone, { headers: { authorization: 'Bearer sandbox-token-read-only' } });
      waiting.catch(() => undefined);
      const counted = async () => (await fetch(new URL('/__sandbox/calls', line.url))).text();
      while ((await counted()) === '{}');

      child.kill(signal);
      expect(await exited).toEqual([0, null]);
      expect(printed.stderr).toBe('');
      await expect(waiting).rejects.toThrow();
    },
  );

  it('The sandbox exits with the name of an invalid setting', async () => {
    const { printed, exited } = start({ SANDBOX_PORT: 'http' });
    expect(await exited).toEqual([1, null]);
    expect(printed).toEqual({ stdout: '', stderr: 'SANDBOX_PORT must be a whole number from 0 to 65535\n' });
  });

  it('The sandbox names all invalid settings at once, before it listens', async () => {
    const { printed, exited } = start({
      SANDBOX_HOST: 'x86_64-conda-linux-gnu',
      SANDBOX_PORT: 'tcp://10.96.0.12:4010',
      SANDBOX_LATENCY_MS: '-1',
      SANDBOX_DEPLOY_MS: '1s',
      SANDBOX_DELETE_MS: '"3000"',
      SANDBOX_VOID_MS: '1e3',
      SANDBOX_RATE_LIMIT: 'none',
      SANDBOX_LIST_ASSOCIATIONS: 'yes',
      SANDBOX_ANY_ZONE: 'true',
      SANDBOX_LATENCY: '5',
    });
    expect(await exited).toEqual([1, null]);
    expect(printed.stdout).toBe('');
    const [unknown, ...lines] = printed.stderr.trimEnd().split('\n');
    expect(unknown).toMatch(/^SANDBOX_LATENCY is not a setting of the sandbox: there are SANDBOX_HOST, /);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(Object.keys(settingsSchema.shape));
    expect(printed.stderr).toContain(
      'SANDBOX_HOST x86_64-conda-linux-gnu is not an address of this machine\n',
    );
    expect(printed.stderr).toContain('enableServiceLinks: false');
  });

  it('The sandbox ignores invisible characters around a setting', async () => {
    const { child, printed } = start({
      SANDBOX_HOST: '[::1]\n',
      SANDBOX_PORT: '\uFEFF0 ',
      SANDBOX_ANY_ZONE: '1\r',
    });
    await once(child.stdout, 'data');
    expect(printed.stdout).toContain('"url":"http://[::1]:');
  });

  it('The sandbox exits with one line where its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const { printed, exited } = start({ SANDBOX_PORT: String(port) });
      expect(await exited).toEqual([1, null]);
      expect(printed.stderr).toBe(`SANDBOX_PORT ${port} is taken on 127.0.0.1: choose another\n`);
    } finally {
      taken.close();
    }
  });
});
