import { type CacheOutcome } from '../../../domain/cloudflare/answer.js';

/** A client asks for the extension with this header. */
export const cacheExtensionHeader = 'x-cache-extensions';

/** The cache outcomes of an operation: the number of each kind, the highest age, the lowest time to live. */
export function cacheExtension(outcomes: readonly CacheOutcome[]) {
  const count = (how: string) => outcomes.filter((outcome) => outcome.how === how).length;
  const ttls = outcomes.flatMap(({ ttlSeconds }) => (ttlSeconds === null ? [] : [ttlSeconds]));
  return {
    hits: count('hit'),
    misses: count('miss'),
    stale: count('stale'),
    bypasses: count('bypass'),
    ageSeconds: Math.max(0, ...outcomes.map(({ ageSeconds }) => ageSeconds)),
    ttlSeconds: ttls.length > 0 ? Math.min(...ttls) : null,
  };
}
