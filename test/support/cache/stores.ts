import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initKeyRing } from '../../../src/platform/keys/key-ring.js';
import { type Settings } from '../../../src/platform/config/settings.js';
import { redisUrlSchema } from '../../../src/platform/config/redis-url.js';
import { startRedis } from '../redis/redis.js';

export interface CacheInUse {
  /** The settings of a gateway that uses this store. */
  readonly settings: Partial<Settings>;
  close(): Promise<void>;
}

/** Both caches that a gateway may have, for `describe.each`. */
export const caches: readonly (readonly [name: string, start: () => Promise<CacheInUse>])[] = [
  ['in memory', () => Promise.resolve({ settings: {}, close: () => Promise.resolve() })],
  ['in Redis', inRedis],
];

async function inRedis(): Promise<CacheInUse> {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'));
  const keys = join(folder, 'keys.json');
  initKeyRing(keys);
  const redis = await startRedis();
  return {
    settings: { REDIS_URL: redisUrlSchema.parse(redis.url), KEYS_FILE: keys },
    close: async () => {
      await redis.close();
      rmSync(folder, { recursive: true });
    },
  };
}
