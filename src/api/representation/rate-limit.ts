import { type CallsLeft } from '../../gateway/request/request-context.js';

/** As draft-ietf-httpapi-ratelimit-headers-11 spells them, and Cloudflare. */
export function rateLimitHeaders({ most, windowSeconds, left, resetSeconds }: CallsLeft) {
  return {
    'ratelimit-policy': `"calls";q=${most};w=${windowSeconds}`,
    ratelimit: `"calls";r=${left};t=${resetSeconds}`,
  };
}
