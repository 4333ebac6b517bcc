import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { startGateway } from '../support/gateway/gateway.js';
import { type RunningProcess, startQuietProcess } from '../support/gateway/process.js';
import { startRedis } from '../support/redis/redis.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { causeFaults } from './faults.js';
import { type Report, runHistory } from './history.js';

// `npm run test:history` runs the full size, `npm test` a small one.
const reads = Number(process.env['HISTORY_READS'] ?? 500);
/** Ends a run in which changes are not made. */
const mostReads = Math.max(2 * reads, 50_000);
const fullMinutes = 60;

describe('Histories of reads and changes', () => {
  it(
    'Two gateways on one Redis show no stale read while they and Redis are killed',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'history-'));
      const keys = join(folder, 'keys.json');
      initKeyRing(keys);
      const sandbox = await startSandbox({ anyZone: true });
      const redis = await startRedis();
      const environment = { CLOUDFLARE_BASE_URL: sandbox.url, REDIS_URL: redis.url, KEYS_FILE: keys };
      const ports = [await freePort(), await freePort()];
      const gateways = await Promise.all(ports.map((port) => startQuietProcess(environment, port)));
      let turn = 0;
      const replaceGateway = async () => {
        const index = turn++ % gateways.length;
        await (gateways[index] as RunningProcess).stop('SIGKILL');
        gateways[index] = await startQuietProcess(environment, ports[index] as number);
      };
      let report: Report | undefined;
      let made = 0;
      let rounds = 0;
      let hasAllKinds = false;
      const isWhole = () => (made >= reads && rounds > 0 && hasAllKinds) || made >= mostReads;
      const running = runHistory(
        {
          sandbox,
          gateways: gateways.map(({ url }) => url),
          zones: 4,
          readers: 16,
          hasEnded: (report) => {
            made = report.reads;
            hasAllKinds = hasEnough(report);
            return isWhole();
          },
        },
        aCertificate,
      ).then((result) => (report = result));
      const faults = await causeFaults(redis, replaceGateway, isWhole, () => (rounds += 1));
      await running;
      process.stdout.write(`${JSON.stringify({ ...report, faults, redis: redis.kind })}\n`);
      await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
      await redis.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
      expect(report).toMatchObject({ stale: 0, failed: 0 });
      expect(hasEnough(report)).toBe(true);
      expect(Object.keys(faults)).toHaveLength(5);
    },
    fullMinutes * 60_000,
  );

  it(
    'One gateway with a cache in memory shows no stale read',
    async () => {
      const sandbox = await startSandbox({ anyZone: true });
      const gateway = await startGateway({ upstream: sandbox.url, ...caching });
      const report = await runHistory(
        { sandbox, gateways: [gateway.url], zones: 4, readers: 16, hasEnded: after(Math.min(reads, 20_000)) },
        aCertificate,
      );
      await gateway.close();
      await sandbox.close();
      process.stdout.write(`${JSON.stringify(report)}\n`);
      expect(report).toMatchObject({ stale: 0, failed: 0, refusedWrites: 0 });
      expect(hasEnough(report)).toBe(true);
    },
    fullMinutes * 60_000,
  );
});

/** A fast machine makes the reads of the small size before there are changes to compare them with. */
function after(least: number) {
  return (report: Report) => (report.reads >= least && hasEnough(report)) || report.reads >= mostReads;
}

function hasEnough(report: Report | undefined): boolean {
  const { writes = 0, keptOverZones = 0, deniedWrites = 0 } = report ?? {};
  return Math.min(writes, keptOverZones, deniedWrites) > 20;
}

const caching = {
  CACHE_TTL_LIST_SECONDS: 15,
  CACHE_TTL_ITEM_SECONDS: 30,
  CACHE_TTL_PENDING_SECONDS: 2,
  CACHE_TTL_NOT_FOUND_SECONDS: 5,
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
