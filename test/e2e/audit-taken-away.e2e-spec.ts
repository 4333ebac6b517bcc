import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { auditCli } from '../../src/gateway/audit/tools/commands.js';
import { withDatabase } from '../support/audit/audit-stores.js';
import { type AuditEnvironment, changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { call } from '../support/http/http.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const callers = 4;

interface Told {
  readonly status: number;
  readonly requestId: string;
  readonly isPending: boolean;
  readonly begunAt: number;
}

type Environment = AuditEnvironment & Record<'CLOUDFLARE_BASE_URL', string>;

/** A folder for the log of one gateway, and a sandbox for it. */
class Stage implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-taken-'));
  readonly data = join(this.folder, 'data');
  readonly path = join(this.data, 'audit.db');
  readonly environment: Environment;

  private constructor(readonly sandbox: RunningSandbox) {
    this.environment = {
      CLOUDFLARE_BASE_URL: sandbox.url,
      AUDIT_URL: `file:${this.path}`,
      KEYS_FILE: join(this.folder, 'keys.json'),
    };
  }

  static async start(): Promise<Stage> {
    return new Stage(await startSandbox());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Makes changes without a pause until `isOver`, each with a request id of its own. */
async function changing({ url }: RunningProcess, told: Told[], isOver: () => boolean): Promise<void> {
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let made = 0; !isOver(); made += 1) {
        const requestId = `c${caller}-${made}`;
        const begunAt = performance.now();
        const headers = { ...bearer, 'x-request-id': requestId };
        const reply = await call(`${url}/client/v4${pathOf('/settings')}`, 'PUT', {
          headers,
          body: { enabled: made % 2 === 0 },
        }).catch(() => null);
        if (!reply) return;
        const isPending = reply.headers['audit-outcome'] === 'pending';
        told.push({ status: reply.status, requestId, isPending, begunAt });
      }
    }),
  );
}

async function verifying(environment: AuditEnvironment): Promise<{ code: number; text: string }> {
  let text = '';
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const code = await auditCli(['verify'], output, output, environment);
  return { code, text };
}

const remove =
  (...names: string[]) =>
  ({ path }: Stage) =>
    names.forEach((name) => rmSync(path + name));
const copy = ({ path, folder }: Stage) =>
  withDatabase(path, (db) => db.prepare('VACUUM INTO ?').run(join(folder, 'copy.db')));
const other = ({ folder }: Stage) =>
  withDatabase(join(folder, 'copy.db'), (db) => db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)'));

type Way = readonly [name: string, before: ((stage: Stage) => void) | null, act: (stage: Stage) => void];

/** By what is done to the files. The small form takes the first of each kind. */
const kinds: Readonly<Record<string, readonly Way[]>> = {
  removed: [
    ['all three files are removed', null, remove('', '-wal', '-shm')],
    ['audit.db is removed', null, remove('')],
  ],
  '-wal or -shm removed': [
    ['audit.db-wal and audit.db-shm are removed', null, remove('-wal', '-shm')],
    ['audit.db-wal is removed', null, remove('-wal')],
    ['audit.db-shm is removed', null, remove('-shm')],
  ],
  renamed: [
    ['the folder is renamed', null, ({ data, folder }) => renameSync(data, join(folder, 'elsewhere'))],
    ['audit.db is renamed', null, ({ path }) => renameSync(path, `${path}.old`)],
  ],
  replaced: [
    [
      'audit.db is replaced by an older copy',
      copy,
      ({ folder, path }) => renameSync(join(folder, 'copy.db'), path),
    ],
  ],
  'copied over': [
    [
      'audit.db is copied over by an older copy',
      copy,
      ({ folder, path }) => copyFileSync(join(folder, 'copy.db'), path),
    ],
    [
      'audit.db is copied over by another database',
      other,
      ({ folder, path }) => copyFileSync(join(folder, 'copy.db'), path),
    ],
  ],
  emptied: [
    ['audit.db is emptied', null, ({ path }) => truncateSync(path)],
    ['audit.db-wal is emptied', null, ({ path }) => truncateSync(`${path}-wal`)],
  ],
  'written over': [
    [
      'audit.db-wal is written over',
      null,
      ({ path }) => writeFileSync(`${path}-wal`, Buffer.alloc(4_000_000, 7)),
    ],
  ],
  'a link': [
    [
      'audit.db becomes a link to where it was moved',
      null,
      ({ path, folder }) => {
        renameSync(path, join(folder, 'moved.db'));
        symlinkSync(join(folder, 'moved.db'), path);
      },
    ],
    [
      'the folder becomes a link to where it was moved',
      null,
      ({ data, folder }) => {
        renameSync(data, join(folder, 'moved'));
        symlinkSync(join(folder, 'moved'), data);
      },
    ],
  ],
};

// `npm run test:audit-taken-away` ends the gateway with each of the signals after each way; `npm test` takes one way of
// each kind, and the signals in turn.
const isFull = process.env['AUDIT_TAKEN_AWAY'] === 'full';
// SIGINT ends the gateway in order, without the notice for load balancers that SIGTERM gives.
const signals = ['SIGINT', 'SIGKILL'] as const;
const ways = Object.values(kinds).flatMap((ofKind) => (isFull ? ofKind : ofKind.slice(0, 1)));

// Much of a test is waiting, so they run side by side.
describe('Audit log files taken away under a running gateway', () => {
  describe.each(signals)('Gateways that end with %s', (signal) => {
    const taken = ways.filter((_, index) => isFull || signals[index % signals.length] === signal);

    it.concurrent.each(taken)(
      'The log has every change that is acknowledged after %s',
      async (_, before, act) => {
        await using stage = await Stage.start();
        const { environment } = stage;
        const gateway = await startProcess(environment);
        const told: Told[] = [];
        let isOver = false;
        const changes = changing(gateway, told, () => isOver);
        const acknowledged = () => told.filter(({ status }) => status === 200).length;
        await eventually(() => acknowledged() > 40 || undefined);
        before?.(stage);
        const more = acknowledged() + 40;
        await eventually(() => acknowledged() > more || undefined);
        act(stage);
        const takenAt = performance.now();
        await eventually(() => gateway.output().includes('audit store away') || undefined);
        const some = acknowledged() + 40 + 2 * callers;
        await eventually(() => acknowledged() > some || undefined);
        if (signal === 'SIGINT') isOver = true;
        const ended = gateway.stop(signal);
        await changes;
        await ended;

        const found = await changesIn(environment);
        const stagesOf = (id: string) =>
          found.flatMap((each) => (each.request_id === id ? [each.stage] : []));
        const lacking = ({ requestId, isPending }: Told) =>
          !stagesOf(requestId).includes('intent') || (!isPending && !stagesOf(requestId).includes('outcome'));
        const done = told.filter(({ status }) => status === 200);
        const later = done.filter(({ begunAt }) => begunAt > takenAt);
        expect(later.length).toBeGreaterThan(40);
        const lost = done.filter(lacking);
        const lostLater = later.filter(lacking);
        expect(lostLater).toEqual([]);
        const { code, text } = await verifying(environment);
        if (lost.length > 0) expect(text).toMatch(/Cut: record \d+ of chain .*/);
        if (lost.length > 0) expect(code).toBe(1);
        // The checkpoint is printed, so it is outside of the store as well.
        expect(gateway.output()).toContain('"msg":"audit checkpoint"');
      },
      60_000,
    );
  });

  it('The new log has the intent and the outcome of a change in progress at the removal', async () => {
    await using stage = await Stage.start();
    const { environment } = stage;
    const gateway = await startProcess(environment);
    const put = () =>
      call(`${gateway.url}/client/v4${pathOf('/settings')}`, 'PUT', {
        headers: { ...bearer, 'x-request-id': 'under-way' },
        body: { enabled: true },
      });
    expect((await put()).status).toBe(200);
    await stage.sandbox.faults({ latencyMs: 3000 });
    const reply = put();
    await eventually(async () => (await changesIn(environment)).length === 3 || undefined);
    remove('', '-wal', '-shm')(stage);
    expect((await reply).status).toBe(200);
    await eventually(
      async () => (existsSync(stage.path) && (await changesIn(environment)).length === 2) || undefined,
    );
    expect((await changesIn(environment)).map(({ stage, request_id }) => [stage, request_id])).toEqual([
      ['intent', 'under-way'],
      ['outcome', 'under-way'],
    ]);
    await gateway.stop('SIGKILL');
    const { code, text } = await verifying(environment);
    expect(code).toBe(1);
    expect(text).toMatch(/Cut: record \d+ of chain \S+: its chain is gone/);
  });

  it('A log that is moved away and back is written again, and verification finds the gap', async () => {
    await using stage = await Stage.start();
    const { environment, path } = stage;
    const gateway = await startProcess(environment);
    const told: Told[] = [];
    let isOver = false;
    const changes = changing(gateway, told, () => isOver);
    const acknowledged = () => told.filter(({ status }) => status === 200).length;
    const timesNoticed = () => gateway.output().split('audit store away').length;
    for (const act of [() => renameSync(path, `${path}.old`), () => renameSync(`${path}.old`, path)]) {
      const some = acknowledged() + 40;
      await eventually(() => acknowledged() > some || undefined);
      const noticed = timesNoticed();
      act();
      await eventually(() => timesNoticed() > noticed || undefined);
    }
    const some = acknowledged() + 40;
    await eventually(() => acknowledged() > some || undefined);
    isOver = true;
    await changes;
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect((await verifying(environment)).text).toMatch(/Cut: record/);
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});
