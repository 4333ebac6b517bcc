import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { leaseMs, outliveLeasesMs } from '../../src/gateway/cache/redis/leases.js';
import { MemoryStore } from '../../src/gateway/cache/store/memory-store.js';
import { WholeAnswers } from '../../src/gateway/cache/whole-answers.js';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { longLifetimes } from '../support/cache/caching.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { startGateway } from '../support/gateway/gateway.js';
import { startProcess } from '../support/gateway/process.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { runHistory } from '../history/history.js';

const mostReads = 20_000;
const enough = 3;

describe('A history finds stale reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'history-mutants-'));
  const keys = join(folder, 'keys.json');
  let sandbox: RunningSandbox;
  let redis: TestRedis;

  beforeAll(async () => {
    initKeyRing(keys);
    sandbox = await startSandbox({ anyZone: true });
    redis = await startRedis();
  });
  // A history changes the zones of its sandbox past the gateways before it begins.
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    await redis.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const staleReadsOf = async (gateways: readonly { readonly url: string }[]) => {
    const report = await runHistory(
      {
        sandbox,
        gateways: gateways.map(({ url }) => url),
        zones: 2,
        readers: 4,
        tokens: ['sandbox-token-read-write'],
        hasEnded: ({ reads, stale }) => reads >= mostReads || stale >= enough,
      },
      aCertificate,
    );
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.stale;
  };

  const unfenced = { zone: '', id: '', given: '', generation: '', changedAt: 0 };
  const inMemory: [string, () => void][] = [
    [
      'changes raise no fence',
      () => {
        jest.spyOn(MemoryStore.prototype, 'begin').mockResolvedValue(unfenced);
        jest.spyOn(MemoryStore.prototype, 'end').mockResolvedValue();
      },
    ],
    [
      'whole answers are given without a look at their generations',
      () => jest.spyOn(WholeAnswers.prototype, 'stands').mockReturnValue(true),
    ],
  ];

  it.each(inMemory)(
    'The history finds stale reads where %s',
    async (_, mutate) => {
      const gateway = await startGateway({ upstream: sandbox.url, ...longLifetimes });
      mutate();
      try {
        expect(await staleReadsOf([gateway])).toBeGreaterThanOrEqual(enough);
      } finally {
        jest.restoreAllMocks();
        await gateway.close();
      }
    },
    60_000,
  );

  const onRedis: [string, number][] = [
    ['changes do not wait for leases', outliveLeasesMs],
    ['leases last twice as long as changes wait', outliveLeasesMs - leaseMs / 2],
  ];

  it.each(onRedis)(
    'The history finds stale reads through two gateways where %s',
    async (_, shorterMs) => {
      const environment = {
        CLOUDFLARE_BASE_URL: sandbox.url,
        REDIS_URL: redis.url,
        KEYS_FILE: keys,
        NODE_OPTIONS: `--import=${fileURLToPath(new URL('../history/shorter-waits.mjs', import.meta.url))}`,
        CHANGES_WAIT_SHORTER_MS: String(shorterMs),
      };
      const gateways = await Promise.all([startProcess(environment), startProcess(environment)]);
      try {
        expect(await staleReadsOf(gateways)).toBeGreaterThanOrEqual(enough);
      } finally {
        await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
      }
    },
    120_000,
  );
});
