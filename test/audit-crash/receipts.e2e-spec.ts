import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { zoneId } from '../support/gateway/fleet.js';
import { startProcess } from '../support/gateway/process.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { type Caller, makeChanges, type Told } from './changes.js';
import { openLog } from './log.js';
import { seeded } from './seeded.js';

// `npm run test:receipts` makes 500 changes; `npm test` makes few.
const changes = Number(process.env['RECEIPTS'] ?? 60);
const kills = Math.max(2, Math.floor(changes / 50));
const seed = Number(process.env['RECEIPTS_SEED'] ?? Date.now() % 1_000_000);
const callers = 8;

describe('Receipts of a gateway that is killed', () => {
  it(
    `The log has the record of each receipt of ${changes} changes, with its hash`,
    async () => {
      const random = seeded(seed);
      const folder = mkdtempSync(join(tmpdir(), 'receipts-'));
      const sandbox = await startSandbox({ anyZone: true });
      await sandbox.faults({ latencyMs: 5 });
      const environment = {
        CLOUDFLARE_BASE_URL: sandbox.url,
        AUDIT_URL: `file:${join(folder, 'audit.db')}`,
        KEYS_FILE: join(folder, 'keys.json'),
      };
      const certificates = await Promise.all(Array.from({ length: 8 }, () => aCertificate()));
      let starting = startProcess(environment);
      let isOver = false;
      let zones = 0;
      const told: Told[] = [];
      const answered = () => told.filter(({ status }) => status < 500);
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
      for (let killed = 0; killed < kills; killed++) {
        const gateway = await starting;
        const until = Math.ceil((changes / (kills + 1)) * (killed + 1));
        await eventually(() => answered().length >= until || undefined, { seconds: 60 });
        await sleep(random() * 20);
        const dead = gateway.stop('SIGKILL');
        starting = dead.then(() => startProcess(environment));
      }
      await eventually(() => answered().length >= changes || undefined, { seconds: 60 });
      isOver = true;
      await calling;
      expect(await (await starting).stop('SIGINT')).toBe(0);
      await sandbox.close();

      const log = await openLog(folder);
      const found = await log.recover();
      const { finding, chains } = await log.verify([]);
      await log.close();
      rmSync(folder, { recursive: true });
      const receipts = told.flatMap(({ receipt }) => receipt ?? []);
      const report = {
        ...{ seed, kills, chains },
        answered: answered().length,
        refused: told.length - answered().length,
        receipts: receipts.length,
        pending: told.filter(({ isPending }) => isPending).length,
        overGraphQL: told.filter(({ isGraphQL }) => isGraphQL).length,
      };
      process.stdout.write(`${JSON.stringify(report)}\n`);

      expect(finding).toBeNull();
      expect(answered().filter(({ receipt }) => !receipt)).toEqual([]);
      expect(receipts.filter((receipt) => !found.has(receipt))).toEqual([]);
      expect(new Set(receipts.map(({ hash }) => hash)).size).toBe(receipts.length);
      const wrong = told.filter(
        ({ receipt, isPending }) => receipt && (receipt.stage === 'intent') !== isPending,
      );
      expect(wrong).toEqual([]);
      expect(report.overGraphQL).toBeGreaterThan(changes / 4);
      expect(report.overGraphQL).toBeLessThan(told.length - changes / 4);
    },
    30 * 60_000,
  );
});
