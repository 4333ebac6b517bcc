import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Receipt } from '../../src/gateway/request/change.js';
import { type SavedCheckpoint } from '../../src/gateway/audit/tools/verify-walk.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { zoneId } from '../support/gateway/fleet.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { type Exchange, startRecorder } from '../support/upstream/recorder.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { type Caller, makeChanges, type Told } from './changes.js';
import { openLog } from './log.js';
import { seeded } from './seeded.js';

// `npm run test:audit-crash` makes 200 kills; `npm test` makes few, since each takes the start of a gateway.
const kills = Number(process.env['AUDIT_KILLS'] ?? 2);
const seed = Number(process.env['AUDIT_SEED'] ?? Date.now() % 1_000_000);
const callers = 12;
const mostBetweenKills = 40;

describe('Audit log of a gateway that is killed', () => {
  it(
    'The log has every change that was acknowledged or sent, after each kill',
    async () => {
      const random = seeded(seed);
      const folder = mkdtempSync(join(tmpdir(), 'audit-crash-'));
      const sandbox = await startSandbox({ anyZone: true });
      await sandbox.faults({ latencyMs: 10 });
      const recorder = await startRecorder(sandbox.url);
      const environment = {
        CLOUDFLARE_BASE_URL: recorder.url,
        AUDIT_URL: `file:${join(folder, 'audit.db')}`,
        KEYS_FILE: join(folder, 'keys.json'),
      };
      const certificates = await Promise.all(Array.from({ length: 8 }, () => aCertificate()));

      let starting = startProcess(environment);
      let isOver = false;
      let zones = 0;
      const told: Told[] = [];
      const caller: Caller = {
        gateway: async () => (isOver ? null : (await starting).url),
        zone: () => zoneId(zones++),
        certificate: () => certificates[zones % certificates.length] as (typeof certificates)[number],
        told: (each) => void told.push(each),
      };
      const calling = Promise.all(
        Array.from({ length: callers }, (_, number) =>
          makeChanges(caller, (index) => (number + index) % 2 === 0),
        ),
      );

      const processes: RunningProcess[] = [];
      for (let killed = 0; ; killed++) {
        const gateway = await starting;
        processes.push(gateway);
        // Kills it at a random point while changes are in progress.
        const until = sentTo(recorder.exchanges).length + 1 + Math.floor(random() * mostBetweenKills);
        await eventually(() => sentTo(recorder.exchanges).length >= until || undefined);
        if (killed === kills) break;
        await sleep(random() * 20);
        const dead = gateway.stop('SIGKILL');
        starting = dead.then(() => startProcess(environment));
      }
      // A kill ends the steps of each zone in progress, so few zones reach their last step.
      await eventually(async () => changesOf(await sandbox.calls()).length === 5 || undefined);
      isOver = true;
      await calling;
      expect(await processes.at(-1)?.stop('SIGINT')).toBe(0);

      const sent = sentTo(recorder.exchanges);
      const reached = await sandbox.calls();
      await recorder.close();
      await sandbox.close();
      const log = await openLog(folder);
      const printed = processes.flatMap((each) => linesOf(each.output()));
      const found = await log.recover();
      const verification = await log.verify(printed.flatMap(savedIn));
      const missing = {
        sentWithoutIntent: sent.filter(({ name }) => !found.intents.has(name)).length,
        acknowledgedWithoutIntent: told.filter(({ name, status }) => status < 500 && !found.intents.has(name))
          .length,
        acknowledgedWithoutOutcome: told.filter(
          (each) => each.status < 500 && !each.isPending && !found.says(each),
        ).length,
        // Each record that the log of the process names is in the audit log.
        printedWithoutRecord: printed.flatMap(auditedIn).filter((each) => !found.has(each)).length,
        refusedYetSent: told.filter(
          ({ name, status }) => status === 503 && sent.some((each) => each.name === name),
        ).length,
        open: found.intents.size - found.ended.size,
      };
      const report = {
        seed,
        kills,
        acknowledged: told.filter(({ status }) => status < 500).length,
        refused: told.filter(({ status }) => status >= 500).length,
        pending: told.filter(({ isPending }) => isPending).length,
        sent: sent.length,
        applied: sent.filter(({ answered }) => answered === 200).length,
        cutOff: sent.filter(({ answered }) => answered === undefined).length,
        intents: found.intents.size,
        recoveredAsUnknown: found.unknown,
        records: verification.records,
        chains: verification.chains,
        savedCheckpoints: printed.flatMap(savedIn).length,
        finding: verification.finding?.message ?? null,
        ...missing,
      };
      process.stdout.write(`${JSON.stringify(report)}\n`);
      await log.close();
      rmSync(folder, { recursive: true });

      expect(missing).toEqual(Object.fromEntries(Object.keys(missing).map((name) => [name, 0])));
      expect(verification.finding).toBeNull();
      expect(verification.chains).toBeGreaterThan(kills);
      // The recorder has seen all changes that reached the sandbox.
      const writes = changesOf(reached);
      expect(sent.length).toBeGreaterThanOrEqual(writes.reduce((sum, [, count]) => sum + count, 0));
      expect(report.acknowledged).toBeGreaterThan(kills);
    },
    60 * 60_000,
  );
});

/** The number of changes of each kind that reached the sandbox. */
function changesOf(calls: Readonly<Record<string, number>>): [name: string, count: number][] {
  return Object.entries(calls).filter(([name]) => /upload|update|delete/.test(name));
}

interface Sent {
  /** As `Told` has it. */
  readonly name: string;
  readonly answered: number | undefined;
}

/** The changes that the gateway sent. */
function sentTo(exchanges: readonly Exchange[]): Sent[] {
  return exchanges.flatMap(({ method, url, answer }) => {
    if (method === 'GET') return [];
    const [, zone = '', rest = ''] = /\/zones\/([^/]+)\/origin_tls_client_auth(.*)$/.exec(url) ?? [];
    const operation =
      rest === '/settings'
        ? 'settings.update'
        : rest === '/hostnames'
          ? 'hostname.update'
          : rest === '/hostnames/certificates'
            ? 'hostname_certificate.upload'
            : method === 'POST'
              ? 'zone_certificate.upload'
              : 'zone_certificate.delete';
    return [{ name: `${operation} ${zone}`, answered: answer?.status }];
  });
}

interface Line {
  readonly msg?: string;
  readonly audit?: Receipt;
}

/** A process that is killed may have printed half of its last line. */
function linesOf(output: string): Line[] {
  return output.split('\n').flatMap((text) => {
    try {
      return [JSON.parse(text) as Line];
    } catch {
      return [];
    }
  });
}

function auditedIn({ audit }: Line): Receipt[] {
  return audit ? [audit] : [];
}

function savedIn(line: Line): SavedCheckpoint[] {
  return line.msg === 'audit checkpoint' ? [line as unknown as SavedCheckpoint] : [];
}
