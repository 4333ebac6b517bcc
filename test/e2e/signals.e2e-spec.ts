import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type RunningProcess, startProcess } from '../support/process.js';
import { bearer, pathOf } from '../support/requests.js';
import { type RunningSandbox, startSandbox } from '../support/sandbox.js';

describe('the process', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  beforeEach(() => sandbox.reset());
  afterAll(() => sandbox.close());

  const start = (environment: Record<string, string> = {}) =>
    startProcess({ CLOUDFLARE_BASE_URL: sandbox.url, ...environment });

  /** Resolves when Cloudflare is busy with the change. */
  async function inFlight(gateway: RunningProcess, latencyMs = 1500) {
    await sandbox.faults({ latencyMs });
    const url = `${gateway.url}/client/v4${pathOf('/settings')}`;
    const body = JSON.stringify({ enabled: true });
    const answer = new Promise<{ status: number; connection: string; endedAt: number }>((resolve, reject) => {
      const headers = { ...bearer, connection: 'keep-alive', 'content-type': 'application/json' };
      const outgoing = request(url, { method: 'PUT', headers }, (incoming) => {
        incoming.resume().on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            connection: incoming.headers.connection ?? '',
            endedAt: performance.now(),
          }),
        );
      });
      outgoing.on('error', reject).end(body);
    });
    answer.catch(() => undefined);
    await eventually(async () => (await sandbox.calls())['settings.update']);
    return { answer };
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGPWR', 'SIGXCPU'] as const)(
    'sees a change through on %s',
    async (signal) => {
      const gateway = await start();
      const { answer } = await inFlight(gateway);
      expect(await gateway.stop(signal)).toBe(0);
      expect((await answer).status).toBe(200);
    },
  );

  it('closes the connection with the answer to a change that was under way when it was told to stop', async () => {
    const gateway = await start();
    const { answer } = await inFlight(gateway, 4000);
    const code = await gateway.stop('SIGTERM');
    const exitedAt = performance.now();
    const { status, connection, endedAt } = await answer;
    expect({ code, status, connection }).toEqual({ code: 0, status: 200, connection: 'close' });
    expect(exitedAt - endedAt).toBeLessThan(2000);
  });

  it('takes two signals at once for one, and a second one later for impatience', async () => {
    const patient = await start();
    const { answer } = await inFlight(patient, 2000);
    const stopped = patient.stop('SIGTERM');
    process.kill(patient.pid, 'SIGINT');
    expect(await stopped).toBe(0);
    expect((await answer).status).toBe(200);

    const impatient = await start();
    await sandbox.reset();
    const cut = (await inFlight(impatient, 4000)).answer;
    process.kill(impatient.pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await impatient.stop('SIGINT')).toBe(1);
    await expect(cut).rejects.toThrow();
  });

  it('does not wait long for a request that never comes whole', async () => {
    const gateway = await start();
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write('GET /health/live HTTP/1.1\r\nHost:', () => resolve()));
    const begun = performance.now();
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(performance.now() - begun).toBeLessThan(14_000);
    socket.destroy();
  });

  it('opens no debugger on SIGUSR1', async () => {
    const gateway = await start();
    process.kill(gateway.pid, 'SIGUSR1');
    await eventually(() => gateway.output().includes('signal ignored') || undefined);
    expect(gateway.output()).not.toContain('Debugger listening');
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    expect(await gateway.stop('SIGINT')).toBe(0);
  });

  it.each([
    ['a rejected promise', 'void Promise.reject(error)'],
    ['an exception', 'throw error'],
    ['a rejection with a text', 'void Promise.reject("hunter2-hunter2")'],
  ])('logs one line and drains after %s that was not handled', async (_name, fails) => {
    const folder = mkdtempSync(join(tmpdir(), 'fails-'));
    const module = join(folder, 'fails.mjs');
    writeFileSync(
      module,
      `process.on('SIGWINCH', () => { const error = Object.assign(new Error('hunter2-hunter2'), { options: 'hunter2-hunter2' }); ${fails}; });`,
    );
    const gateway = await start({ NODE_OPTIONS: `--import=${module}` });
    const { answer } = await inFlight(gateway);
    expect(await gateway.stop('SIGWINCH')).toBe(1);
    expect((await answer).status).toBe(200);
    const lines = gateway.output().trim().split('\n');
    const failures = lines
      .map((line) => JSON.parse(line) as { level: number })
      .filter(({ level }) => level >= 60);
    expect(failures).toHaveLength(1);
    expect(gateway.output()).not.toContain('hunter2');
    rmSync(folder, { recursive: true });
  });
});
