import { setTimeout as delay } from 'node:timers/promises';
import { accept, startUpstream, type Upstream } from './upstream.js';

export interface BlackHole extends Upstream {
  /** Requests that are not answered, and not ended. */
  readonly held: () => number;
}

/** Answers as Cloudflare does after 5 ms, but never for the zones whose id begins with `dead`, by the methods named. */
export async function startBlackHole(methods: readonly string[]): Promise<BlackHole> {
  let held = 0;
  const upstream = await startUpstream((incoming, outgoing) => {
    incoming.resume();
    const { method = '', url = '' } = incoming;
    if (url.includes('/zones/dead') && methods.includes(method)) {
      held += 1;
      outgoing.once('close', () => (held -= 1));
      return;
    }
    void delay(5).then(() => {
      const isList = /origin_tls_client_auth$|\/certificates$|\/hostnames(?:\?|$)/.test(url);
      if (!isList) return accept(outgoing);
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(
        '{"success":true,"errors":[],"messages":[],"result":[],"result_info":{"page":1,"per_page":100,"count":0,"total_count":0,"total_pages":1}}',
      );
    });
  });
  return { ...upstream, held: () => held };
}
