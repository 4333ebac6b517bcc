import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { redisUrlSchema } from '../../src/platform/config/redis-url.js';
import { longLifetimes } from '../support/cache/caching.js';
import { startGateway } from '../support/gateway/gateway.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

// `npm run test:tenants` runs the full size, `npm test` a small one.
const pairs = Number(process.env['TENANTS_PAIRS'] ?? 500);
const settingsPath = '/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth/settings';

describe('Cached answers and credentials', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenants-'));
  let sandbox: RunningSandbox;
  let redis: TestRedis;

  beforeAll(async () => {
    initKeyRing(join(folder, 'keys.json'));
    sandbox = await startSandbox();
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['memory', pairs, () => ({})],
    [
      'Redis',
      pairs,
      () => ({ REDIS_URL: redisUrlSchema.parse(redis.url), KEYS_FILE: join(folder, 'keys.json') }),
    ],
  ])(
    'With a cache in %s no credential sees the answer of another, in %i random pairs',
    async (_, pairs, settings) => {
      const gateway = await startGateway({ upstream: sandbox.url, ...longLifetimes, ...settings() });
      const ask = (token: string) =>
        fetch(`${gateway.base}${settingsPath}`, { headers: { authorization: `Bearer ${token}` } });
      const counts = { shown: 0, refused: 0, crossed: 0 };
      let hits = 0;
      let left = pairs;
      const worker = async () => {
        while (left-- > 0) {
          const suffix = randomBytes(8).toString('hex');
          // Refused by the sandbox, and as like the accepted one as can be.
          const [accepted, stranger] = [
            `sandbox-token-read-only-${suffix}`,
            `sandbox-token-read-onlx-${suffix}`,
          ];
          const first = await ask(accepted);
          const second = await ask(stranger);
          const again = await ask(accepted);
          if (first.status === 200 && again.status === 200) counts.shown++;
          if (again.headers.get('cache-status')?.includes('; hit')) hits++;
          if (second.status === 403) counts.refused++;
          if (second.status === 200 || (await second.text()).includes('enabled')) counts.crossed++;
          await Promise.all([first.arrayBuffer(), again.arrayBuffer()]);
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
      await gateway.close();
      expect(counts).toEqual({ shown: pairs, refused: pairs, crossed: 0 });
      // Not all: what is kept too late on a busy machine is not kept.
      expect(hits).toBeGreaterThan(pairs * 0.9);
    },
    120_000,
  );
});
