import { randomUUIDv7 } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditStoreOf } from '../../src/gateway/audit/audit-store-of.js';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type AuditEvent, type Stage } from '../../src/gateway/audit/record/event.js';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { initKeyRing, loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { quantile } from '../measure/quantile.js';

const pacedPerSecond = 200;

/** Compared with a bare write and sync of the disk. */
export const audit: Suite = {
  name: 'audit',
  title: 'how long it takes until an event is durable',
  scenarios: [],
  run: async ({ processes, plan, postgresUrl, signal }) => {
    const rows = await auditRows(processes.folder, plan.seconds * 2.5, postgresUrl, signal);
    const table = markdown(rows, 2);
    return postgresUrl
      ? table
      : `${table}\n\nPostgreSQL is measured too with --postgres=URL of a database that the benchmark may write to.`;
  },
};

async function auditRows(
  folder: string,
  seconds: number,
  postgresUrl: string | undefined,
  signal: AbortSignal,
): Promise<string[][]> {
  const ringFile = join(folder, 'audit-keys.json');
  initKeyRing(ringFile);
  const keys = new AuditKeys(loadKeyRing(ringFile, { mayCreate: false }).ring);
  const rows = [['', 'each', '/ s', 'p50 ms', 'p99 ms'], await disk(folder, seconds, signal)];
  const urls = {
    SQLite: `file:${join(folder, 'audit.db')}`,
    ...(postgresUrl && { PostgreSQL: postgresUrl }),
  };
  for (const [name, url] of Object.entries(urls)) {
    const writer = new AuditWriter({
      store: auditStoreOf(auditUrlSchema.parse(url)),
      keys,
      onHealth: () => undefined,
      publish: () => undefined,
    });
    await writer.start();
    if (!writer.isHealthy) throw new Error(`${name} cannot be written to`);
    for (const callers of [1, 32])
      rows.push(
        row(`${name}, ${callers} at a time`, 'event', await closed(writer, callers, seconds, signal)),
      );
    rows.push(
      row(`${name}, ${pacedPerSecond} a second`, 'intent + outcome', await paced(writer, seconds, signal)),
    );
    await writer.close();
  }
  return rows;
}

interface Timed {
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
}

/** Writes and syncs as many bytes as an event has, without a store. */
async function disk(folder: string, seconds: number, signal: AbortSignal): Promise<string[]> {
  const file = await open(join(folder, 'disk'), 'w');
  const bytes = Buffer.alloc(1024, 'x');
  try {
    const timed = await repeated(1, seconds / 2, signal, async () => {
      await file.write(bytes);
      await file.datasync();
    });
    return row('the disk alone, 1 at a time', '1 KiB', timed);
  } finally {
    await file.close();
  }
}

function closed(writer: AuditWriter, callers: number, seconds: number, signal: AbortSignal): Promise<Timed> {
  return repeated(callers, seconds, signal, () => writer.append(anEvent('outcome')));
}

/** One change every 5 ms, without waiting for those before: the rate of a busy gateway. */
async function paced(writer: AuditWriter, seconds: number, signal: AbortSignal): Promise<Timed> {
  const latenciesMs: number[] = [];
  const begunAt = performance.now();
  const write = async () => {
    const sentAt = performance.now();
    const intent = anEvent('intent');
    await writer.append(intent);
    await writer.append({ ...intent, stage: 'outcome' });
    latenciesMs.push(performance.now() - sentAt);
  };
  const writes: Promise<void>[] = [];
  for (let made = 0; made < seconds * pacedPerSecond; made += 1) {
    signal.throwIfAborted();
    const dueIn = begunAt + (made * 1000) / pacedPerSecond - performance.now();
    if (dueIn > 0) await sleep(dueIn);
    writes.push(write());
  }
  await Promise.all(writes);
  return { latenciesMs, seconds: (performance.now() - begunAt) / 1000 };
}

async function repeated(
  callers: number,
  seconds: number,
  signal: AbortSignal,
  act: () => Promise<unknown>,
): Promise<Timed> {
  const latenciesMs: number[] = [];
  const begunAt = performance.now();
  const call = async () => {
    while (performance.now() - begunAt < seconds * 1000) {
      signal.throwIfAborted();
      const sentAt = performance.now();
      await act();
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { latenciesMs, seconds: (performance.now() - begunAt) / 1000 };
}

function row(name: string, each: string, { latenciesMs, seconds }: Timed): string[] {
  const perSecond = (latenciesMs.length / seconds).toFixed(0);
  return [name, each, perSecond, ...[0.5, 0.99].map((part) => quantile(latenciesMs, part).toFixed(2))];
}

/** An event of the size that an upload has. */
function anEvent(stage: Stage): AuditEvent {
  return {
    op_id: randomUUIDv7(),
    stage,
    ts: new Date().toISOString(),
    action: 'hostname_certificate.upload',
    entry: 'rest',
    actor: {
      type: 'user',
      id: `fp_${'a'.repeat(32)}`,
      fingerprint: `fp_${'a'.repeat(32)}`,
      verified: true,
      ip: '127.0.0.1',
    },
    credential: { kind: 'api_token', fingerprint: `fp_${'a'.repeat(32)}` },
    request_id: randomUUIDv7(),
    target: { zone_id: '0'.repeat(32), certificate_id: '1'.repeat(32) },
    cert: {
      sha256: 'b'.repeat(64),
      serial: 'c'.repeat(32),
      spki_sha256: 'd'.repeat(64),
      not_before: '2026-01-01T00:00:00.000Z',
      not_after: '2027-01-01T00:00:00.000Z',
      key_type: 'rsa',
      key_bits: 2048,
      issuer_cn: 'origin-pull.example.com',
    },
    ...(stage === 'outcome' && {
      change: {
        before: null,
        after: {
          ['1'.repeat(32)]: { status: 'pending_deployment', expires_on: '2027-01-01T00:00:00.000000Z' },
        },
      },
      result: {
        status: 'success' as const,
        http_status: 200,
        codes: [],
        cf_ray: '0123456789abcdef-SBX',
        duration_ms: 42,
      },
    }),
  };
}
