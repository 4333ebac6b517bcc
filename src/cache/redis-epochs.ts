import { nextNonce } from './redis-nonce.js';
import { credentialKey } from './redis-keys.js';
import { type RedisLink } from './redis-link.js';
import { scripts } from './redis-scripts.js';
import { StoreUnavailable } from './store.js';

const mostKnown = 10_000;

/**
 * In a cluster a credential's epoch stands on another server than its zones. It is asked for at the same time as the zone
 * is, and the zone is asked again where the epoch was not the one that was taken for granted.
 */
export class CredentialEpochs {
  private readonly known = new Map<string, string>();

  constructor(private readonly link: RedisLink) {}

  async confirm<T>(credential: string, ask: (epoch: string) => Promise<T>): Promise<T> {
    let known: string = this.known.get(credential) ?? (await this.current(credential));
    for (let tries = 0; tries < 2; tries += 1) {
      const [reply, current]: [T, string] = await Promise.all([ask(known), this.current(credential)]);
      if (current === known) return reply;
      known = current;
    }
    throw new StoreUnavailable('The credential was being forgotten.');
  }

  private async current(credential: string): Promise<string> {
    const keys = [credentialKey(credential)];
    const reply = await this.link.read({ script: scripts.epoch, keys, args: [nextNonce()] });
    const epoch = String(reply);
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(credential, epoch);
    return epoch;
  }
}
