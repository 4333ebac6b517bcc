import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { runAudit } from '../support/audit/audit-command.js';
import { receiptIn } from '../support/audit/receipts.js';
import { endsWithUs } from '../support/basics/ends-with-us.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { startProcess } from '../support/gateway/process.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { freePort } from '../support/redis/redis-binary.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

interface Copy {
  readonly hash: string;
  readonly event: ChainedEvent;
}

/** The lines of events among those of the log. Throws if a line is not JSON. */
function copiesIn(printed: string): Copy[] {
  const lines = printed.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Partial<Copy>).filter((line) => 'event' in line) as Copy[];
}

describe('Audit events on standard output', () => {
  let sandbox: RunningSandbox;
  const folder = scratchFolder('audit-stdout');
  const environmentOf = (name: string) => ({
    AUDIT_URL: `file:${join(folder, `${name}.db`)}`,
    KEYS_FILE: join(folder, `${name}.json`),
  });
  beforeAll(async () => {
    sandbox = await startSandbox({ anyZone: true });
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const change = (url: string, zone: number) =>
    call(`${url}/client/v4${pathOf('/settings', zone.toString(16).padStart(32, '0'))}`, 'PUT', {
      headers: bearer,
      body: { enabled: true },
    });

  it.concurrent.each([['info'], ['silent']])(
    'With AUDIT_STDOUT=on and LOG_LEVEL=%s, each event is one line, as export writes it',
    async (level) => {
      const environment = environmentOf(level);
      const gateway = await startPiped({
        ...environment,
        ...{ AUDIT_STDOUT: 'on', LOG_LEVEL: level, CLOUDFLARE_BASE_URL: sandbox.url },
      });
      const replies = await Promise.all(Array.from({ length: 30 }, (_, index) => change(gateway.url, index)));
      await call(`${gateway.url}/client/v4${pathOf('/settings')}`, 'PUT', { headers: {}, body: {} });
      expect(await gateway.stop()).toBe(0);
      const copies = copiesIn(gateway.printed());
      const { output } = await runAudit(['export'], environment);
      const exported = output.trimEnd().split('\n').slice(0, -1);
      const lines = gateway.printed().split('\n');
      expect(lines.filter((line) => line.startsWith('{"hash"'))).toEqual(exported);
      expect(copies.map(({ event }) => event.seq)).toEqual(copies.map((_, index) => index + 1));
      const stages = new Set(copies.map(({ event }) => event.stage));
      expect(stages).toEqual(new Set(['writer', 'intent', 'outcome', 'denied', 'checkpoint']));
      const hashes = new Set(copies.map(({ hash }) => hash));
      const receipts = replies.flatMap(({ headers }) => receiptIn(headers) ?? []);
      expect(receipts.length).toBeGreaterThan(20);
      expect(receipts.filter(({ hash }) => !hashes.has(hash))).toEqual([]);
    },
    60_000,
  );

  it.concurrent('Without AUDIT_STDOUT, no event is printed', async () => {
    const gateway = await startProcess({ ...environmentOf('off'), CLOUDFLARE_BASE_URL: sandbox.url });
    expect((await change(gateway.url, 100)).status).toBe(200);
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(gateway.output()).not.toContain('"event"');
  });

  it.concurrent(
    'A reader that pauses loses lines, which are counted, and delays no change',
    async () => {
      const gateway = await startPiped({
        ...environmentOf('paused'),
        ...{ AUDIT_STDOUT: 'on', LOG_LEVEL: 'warn', CLOUDFLARE_BASE_URL: sandbox.url },
      });
      gateway.child.stdout?.pause();
      let zone = 1000;
      const slowest = { ms: 0 };
      // More than the pipe and the buffer of the gateway hold.
      await eventually(
        async () => {
          await Promise.all(
            Array.from({ length: 20 }, async () => {
              const start = performance.now();
              expect((await change(gateway.url, zone++)).status).toBe(200);
              slowest.ms = Math.max(slowest.ms, performance.now() - start);
            }),
          );
          return (await gateway.lost()) > 0 || undefined;
        },
        { seconds: 90 },
      );
      expect(slowest.ms).toBeLessThan(5000);
      expect(await gateway.reasons()).toEqual(['log: EAGAIN']);
      expect(await gateway.dropped()).toBe(0);
      gateway.child.stdout?.resume();
      await eventually(async () => ((await gateway.reasons()) === undefined ? true : undefined));
      const lost = await gateway.lost();
      expect((await change(gateway.url, zone++)).status).toBe(200);
      expect(await gateway.stop()).toBe(0);
      const numbers = copiesIn(gateway.printed()).map(({ event }) => event.seq);
      // What is missing between the first and the last is what was counted.
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
      expect((numbers.at(-1) ?? 0) - numbers.length).toBe(lost);
      expect(gateway.printed()).toContain('"msg":"log lines were lost"');
    },
    150_000,
  );

  it.concurrent('A reader that has closed the pipe loses lines, and ends nothing', async () => {
    const gateway = await startPiped({
      ...environmentOf('closed'),
      ...{ AUDIT_STDOUT: 'on', CLOUDFLARE_BASE_URL: sandbox.url },
    });
    gateway.child.stdout?.destroy();
    for (let zone = 200; zone < 210; zone++) expect((await change(gateway.url, zone)).status).toBe(200);
    expect(await gateway.reasons()).toEqual(['log: EPIPE']);
    expect(await gateway.lost()).toBeGreaterThanOrEqual(20);
    expect(await gateway.stop()).toBe(0);
    const { code } = await runAudit(['verify'], environmentOf('closed'));
    expect(code).toBe(0);
  });

  /** A gateway whose standard output the test reads as it likes. */
  async function startPiped(environment: Record<string, string>) {
    const [port, metricsPort] = [String(await freePort()), String(await freePort())];
    const child: ChildProcess = endsWithUs(
      spawn(process.execPath, ['dist/src/main.js'], {
        env: { PATH: process.env['PATH'], PORT: port, METRICS_PORT: metricsPort, ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString('latin1')));
    const url = `http://127.0.0.1:${port}`;
    const health = async () => (await (await fetch(`${url}/health/ready`)).json()) as { reasons?: string[] };
    await eventually(async () => health().catch(() => undefined), { seconds: 60 });
    const metric = async (name: string) => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 'NaN');
    };
    return {
      child,
      url,
      printed: () => Buffer.from(printed, 'latin1').toString(),
      reasons: async () => (await health()).reasons,
      lost: () => metric('audit_copies_lost_total'),
      dropped: () => metric('log_lines_dropped_total'),
      stop: async () => {
        const closed = once(child, 'close') as Promise<[number | null]>;
        child.kill('SIGINT');
        return (await closed)[0];
      },
    };
  }
});
