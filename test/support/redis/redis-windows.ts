import { RedisWindows } from '../../../src/gateway/limits/redis-windows.js';
import { redisUrlSchema } from '../../../src/platform/config/redis-url.js';
import { RedisLink, type RedisPatience } from '../../../src/platform/redis/link.js';
import { eventually } from '../basics/eventually.js';

/** Counts with a link of their own, which is connected. */
export async function redisWindows(
  url: string,
  {
    most = 5,
    lengthMs = 300_000,
    patience,
  }: { most?: number; lengthMs?: number; patience?: RedisPatience } = {},
) {
  const link = new RedisLink(redisUrlSchema.parse(url), undefined, patience);
  link.connect();
  await eventually(() => link.watch.health.isUsable || undefined);
  return {
    windows: new RedisWindows(link, most, lengthMs),
    [Symbol.dispose]: () => link.close(),
  };
}
