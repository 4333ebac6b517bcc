import { nextNonce } from '../../redis/nonce.js';
import { credentialKey } from './keys.js';
import { type RedisLink } from '../../redis/link.js';
import { scripts } from './scripts.js';

const mostKnown = 10_000;

/**
 * In a cluster a credential's epoch stands on another server than its zones. It is asked for at the same time as the zone
 * is, and the zone is asked again where the epoch was not the one that was taken for granted.
 *
 * Where that server is away, another epoch stands in for it until it is back: zones on other servers are kept all the
 * same, nothing from before is believed, and that the credential is to be forgotten reaches this process alone.
 */
export class CredentialEpochs {
  private readonly known = new Map<string, string>();

  constructor(private readonly link: RedisLink) {}

  /** @param onSend called as soon as the first is sent */
  async confirm<T>(credential: string, ask: (epoch: string) => Promise<T>, onSend?: () => void): Promise<T> {
    const known = this.known.get(credential);
    if (known === undefined) return ask(await this.current(credential, onSend));
    const [reply, current] = await Promise.all([ask(known), this.current(credential, onSend)]);
    return current === known ? reply : ask(current);
  }

  /** What stands in for it from now on is another. */
  forget(credential: string): void {
    this.known.delete(credential);
  }

  private current(credential: string, onSend?: () => void): Promise<string> {
    const run = { script: scripts.epoch, keys: [credentialKey(credential)], args: [nextNonce()], onSend };
    return this.link.read(run).then(
      (reply) => this.note(credential, String(reply)),
      () => this.note(credential, this.standIn(credential)),
    );
  }

  /** The same in all processes that last saw the same, so that they still share what they keep from here on. */
  private standIn(credential: string): string {
    const known = this.known.get(credential) ?? nextNonce();
    return known.startsWith('~') ? known : `~${known}`;
  }

  private note(credential: string, epoch: string): string {
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(credential, epoch);
    return epoch;
  }
}
