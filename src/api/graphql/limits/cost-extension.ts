import { limits } from './limits.js';

/** A client asks for the extension with this header. */
export const costExtensionHeader = 'x-cost-extensions';

/** How many fields of an operation cost a call to Cloudflare, and how many more it may have. */
export function costExtension(upstreamCalls: number) {
  return { upstreamCalls, remaining: limits.upstreamCalls - upstreamCalls };
}
