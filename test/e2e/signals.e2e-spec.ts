import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

interface Stage extends AsyncDisposable {
  readonly sandbox: RunningSandbox;
  start(environment?: Record<string, string>): Promise<RunningProcess>;
  /** Resolves when Cloudflare is busy with a change. */
  inFlight(gateway: RunningProcess, latencyMs?: number): Promise<{ answer: Promise<Answered> }>;
}

interface Answered {
  readonly status: number;
  readonly connection: string;
  readonly endedAt: number;
}

async function startStage(): Promise<Stage> {
  const sandbox = await startSandbox();
  return {
    sandbox,
    start: (environment = {}) => startProcess({ CLOUDFLARE_BASE_URL: sandbox.url, ...environment }),
    inFlight: async (gateway, latencyMs = 1500) => {
      await sandbox.faults({ latencyMs });
      const answer = changeSettings(gateway);
      answer.catch(() => undefined);
      await eventually(async () => (await sandbox.calls())['settings.update']);
      return { answer };
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

function changeSettings(gateway: RunningProcess): Promise<Answered> {
  const url = `${gateway.url}/client/v4${pathOf('/settings')}`;
  const headers = { ...bearer, connection: 'keep-alive', 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'PUT', headers }, (incoming) => {
      incoming.resume().on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          connection: incoming.headers.connection ?? '',
          endedAt: performance.now(),
        }),
      );
    });
    outgoing.on('error', reject).end(JSON.stringify({ enabled: true }));
  });
}

// Most of a test is waiting, so they run side by side, each with a sandbox of its own.
describe('the process', () => {
  it.concurrent.each([
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGQUIT',
    'SIGUSR2',
    'SIGALRM',
    'SIGPWR',
    'SIGXCPU',
  ] as const)('sees a change through on %s', async (signal) => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const { answer } = await stage.inFlight(gateway);
    expect(await gateway.stop(signal)).toBe(0);
    expect((await answer).status).toBe(200);
  });

  it.concurrent(
    'closes the connection with the answer to a change that was under way when it was told to stop',
    async () => {
      await using stage = await startStage();
      const gateway = await stage.start();
      const { answer } = await stage.inFlight(gateway, 4000);
      const code = await gateway.stop('SIGTERM');
      const exitedAt = performance.now();
      const { status, connection, endedAt } = await answer;
      expect({ code, status, connection }).toEqual({ code: 0, status: 200, connection: 'close' });
      expect(exitedAt - endedAt).toBeLessThan(2000);
    },
  );

  it.concurrent('takes two signals at once for one, and a second one later for impatience', async () => {
    await using stage = await startStage();
    const patient = await stage.start();
    const { answer } = await stage.inFlight(patient, 2000);
    const stopped = patient.stop('SIGTERM');
    process.kill(patient.pid, 'SIGINT');
    expect(await stopped).toBe(0);
    expect((await answer).status).toBe(200);

    const impatient = await stage.start();
    await stage.sandbox.reset();
    const cut = (await stage.inFlight(impatient, 4000)).answer;
    process.kill(impatient.pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await impatient.stop('SIGINT')).toBe(1);
    await expect(cut).rejects.toThrow();
  });

  it.concurrent('does not wait long for a request that never comes whole', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write('GET /health/live HTTP/1.1\r\nHost:', () => resolve()));
    const begun = performance.now();
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(performance.now() - begun).toBeLessThan(14_000);
    socket.destroy();
  });

  it.concurrent('opens no debugger on SIGUSR1', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    process.kill(gateway.pid, 'SIGUSR1');
    await eventually(() => gateway.output().includes('signal ignored') || undefined);
    expect(gateway.output()).not.toContain('Debugger listening');
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    expect(await gateway.stop('SIGINT')).toBe(0);
  });

  it.concurrent.each([
    ['a rejected promise', 'void Promise.reject(error)'],
    ['an exception', 'throw error'],
    ['a rejection with a text', 'void Promise.reject("hunter2-hunter2")'],
  ])('logs one line and drains after %s that was not handled', async (_name, fails) => {
    await using stage = await startStage();
    const folder = mkdtempSync(join(tmpdir(), 'fails-'));
    const module = join(folder, 'fails.mjs');
    writeFileSync(
      module,
      `process.on('SIGWINCH', () => { const error = Object.assign(new Error('hunter2-hunter2'), { options: 'hunter2-hunter2' }); ${fails}; });`,
    );
    const gateway = await stage.start({ NODE_OPTIONS: `--import=${module}` });
    const { answer } = await stage.inFlight(gateway);
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
