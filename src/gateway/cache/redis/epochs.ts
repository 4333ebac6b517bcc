import { LRUCache } from 'lru-cache';
import { type RedisLink } from '../../../platform/redis/link.js';
import { credentialKey } from './keys.js';
import { type Leases, type Moment } from './leases.js';
import { nextNonce, scripts } from './scripts.js';

interface Epoch {
  readonly name: string;
  /** Used while the server of the credential's epoch is away. */
  readonly isStandIn: boolean;
}

/** The zone of the lease of a credential's epoch. */
const noZone = '';

/**
 * In a cluster a credential's epoch is on another server than its zones, and has a lease of its own. Without one, the zone is
 * asked with the epoch known so far, and the epoch itself at the same time; if it has changed, the zone is asked again.
 *
 * While the epoch's server is away, a stand-in replaces the epoch. Nothing stored before is valid under it, zones on other servers
 * are cached under it, and forgetting the credential takes effect in this process only.
 */
export class CredentialEpochs {
  private readonly known = new LRUCache<string, Epoch>({ max: 10_000 });

  constructor(
    private readonly link: RedisLink,
    private readonly leases: Leases,
  ) {}

  /** @param onSend called when the first script is sent */
  async confirm<T>(credential: string, ask: (epoch: string) => Promise<T>, onSend?: () => void): Promise<T> {
    const leased = this.leases.valid(noZone, credential);
    if (leased) return ask(leased.generation);
    const known = this.known.get(credential);
    if (known === undefined) return ask((await this.current(credential, onSend)).name);
    const [reply, current] = await Promise.all([ask(known.name), this.current(credential, onSend)]);
    return current.name === known.name ? reply : ask(current.name);
  }

  /** Whether the epoch in a generation stands at a moment, which has to be now. */
  stands(credential: string, generation: string, now: Moment): boolean {
    const lease = this.leases.valid(noZone, credential, now);
    if (!lease || !generation.endsWith(`.${lease.generation}`)) return false;
    if (lease.isDue(now)) void this.current(credential);
    return true;
  }

  /** A later stand-in differs from the one until now. */
  forget(credential: string): void {
    this.known.delete(credential);
  }

  private async current(credential: string, onSend?: () => void): Promise<Epoch> {
    let sent = this.leases.now();
    const run = {
      script: scripts.epoch,
      keys: [credentialKey(credential)],
      args: [nextNonce()],
      onSend: () => {
        sent = this.leases.now();
        onSend?.();
      },
    };
    const epoch = await this.link.run(run).then(
      (reply) => ({ name: String(reply), isStandIn: false }),
      () => this.standIn(credential),
    );
    this.known.set(credential, epoch);
    this.leases.grant(noZone, credential, epoch.name, sent);
    return epoch;
  }

  /** Derived from the last known epoch, so that processes that knew the same one go on sharing entries. */
  private standIn(credential: string): Epoch {
    const known = this.known.get(credential) ?? { name: nextNonce(), isStandIn: false };
    return known.isStandIn ? known : { name: `~${known.name}`, isStandIn: true };
  }
}
