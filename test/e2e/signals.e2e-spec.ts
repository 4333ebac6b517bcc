import { once } from 'node:events';
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
  /** Resolves when Cloudflare has received a change; its answer comes later. */
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

const endings = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGPWR',
  'SIGXCPU',
] as const satisfies NodeJS.Signals[];

// `npm run test:signals` runs a gateway for each signal, `npm test` for the first three.
const alone = process.env['SIGNALS'] === 'full' ? endings : endings.slice(0, 3);

const failures = {
  'a rejected promise': 'void Promise.reject(error)',
  'an exception': 'throw error',
  'a rejection with a text': 'void Promise.reject("hunter2-hunter2")',
};

/**
 * Starts a gateway for each case, one after another: a start needs the processor. What follows a start mostly waits, and
 * runs beside the next start.
 */
async function startingInTurn<Case>(
  cases: readonly Case[],
  run: (gateway: RunningProcess, stage: Stage, each: Case) => Promise<void>,
  environmentOf: (each: Case) => Record<string, string> = () => ({}),
): Promise<void> {
  const runs: Promise<void>[] = [];
  for (const each of cases) {
    const stage = await startStage();
    const gateway = await stage.start(environmentOf(each));
    const ran = run(gateway, stage, each).finally(() => stage[Symbol.asyncDispose]());
    ran.catch(() => undefined);
    runs.push(ran);
  }
  await Promise.all(runs);
}

// A test mostly waits, so the tests run side by side, each with a sandbox of its own.
describe('Signals and errors that end the process', () => {
  it.concurrent(`The gateway finishes a change in progress on each of ${alone.length} signals`, async () => {
    await startingInTurn(alone, async (gateway, stage, signal) => {
      const { answer } = await stage.inFlight(gateway);
      expect([signal, await gateway.stop(signal)]).toEqual([signal, 0]);
      expect([signal, (await answer).status]).toEqual([signal, 200]);
    });
  });

  it.concurrent('A change that takes 14 s more when the gateway is told to stop is answered', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.update', action: { delayMs: 14_000, when: 'before' } }],
    });
    const answer = changeSettings(gateway);
    answer.catch(() => undefined);
    await eventually(async () => (await stage.sandbox.calls())['settings.update']);
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect((await answer).status).toBe(200);
  });

  it.concurrent('The gateway takes all its signals at once as one and finishes its change', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const { answer } = await stage.inFlight(gateway, 2000);
    const stopped = gateway.stop('SIGTERM');
    // A signal without a listener ends the process here.
    for (const signal of endings.slice(1)) process.kill(gateway.pid, signal);
    expect(await stopped).toBe(0);
    expect((await answer).status).toBe(200);
  });

  it.concurrent('A second signal more than a second after the first ends the gateway at once', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const cut = (await stage.inFlight(gateway, 4000)).answer;
    process.kill(gateway.pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await gateway.stop('SIGINT')).toBe(1);
    await expect(cut).rejects.toThrow();
  });

  it.concurrent('A request that never arrives whole delays the end by less than 14 seconds', async () => {
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

  it.concurrent('Idle connections, used or not, are closed at the end and do not delay it', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const open = () => connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const unused = open();
    await once(unused, 'connect');
    const used = open();
    used.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(used, 'data');
    const closed = [unused, used].map((socket) => once(socket.resume(), 'close'));
    const begun = performance.now();
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5000);
    await Promise.all(closed);
  });

  it.concurrent('SIGUSR1 opens no debugger, and the gateway continues to answer', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    process.kill(gateway.pid, 'SIGUSR1');
    await eventually(() => gateway.output().includes('signal ignored') || undefined);
    expect(gateway.output()).not.toContain('Debugger listening');
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    expect(await gateway.stop('SIGINT')).toBe(0);
  });

  const names = Object.keys(failures) as (keyof typeof failures)[];
  it.concurrent(
    'The gateway logs one line and drains after an unhandled exception or rejection',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'fails-'));
      const environmentOf = (name: keyof typeof failures) => {
        const module = join(folder, `${names.indexOf(name)}.mjs`);
        writeFileSync(
          module,
          `process.on('SIGWINCH', () => { const error = Object.assign(new Error('hunter2-hunter2'), { options: 'hunter2-hunter2' }); ${failures[name]}; });`,
        );
        return { NODE_OPTIONS: `--import=${module}` };
      };
      await startingInTurn(
        names,
        async (gateway, stage) => {
          const { answer } = await stage.inFlight(gateway);
          expect(await gateway.stop('SIGWINCH')).toBe(1);
          expect((await answer).status).toBe(200);
          const lines = gateway.output().trim().split('\n');
          const fatal = lines
            .map((line) => JSON.parse(line) as { level: number })
            .filter(({ level }) => level >= 60);
          expect(fatal).toHaveLength(1);
          expect(gateway.output()).not.toContain('hunter2');
        },
        environmentOf,
      );
      rmSync(folder, { recursive: true });
    },
  );
});

// Not beside the tests above, whose processes start meanwhile.
describe('The end after SIGTERM', () => {
  it('After SIGTERM the answer to a change in progress closes its connection', async () => {
    await using stage = await startStage();
    const gateway = await stage.start();
    const { answer } = await stage.inFlight(gateway, 4000);
    const code = await gateway.stop('SIGTERM');
    const exitedAt = performance.now();
    const { status, connection, endedAt } = await answer;
    expect({ code, status, connection }).toEqual({ code: 0, status: 200, connection: 'close' });
    expect(exitedAt - endedAt).toBeLessThan(2000);
  });
});
