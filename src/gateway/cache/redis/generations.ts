import { type RedisLink } from '../../../platform/redis/link.js';
import { type Run } from '../../../platform/redis/batch.js';
import { type Standing } from '../store/store.js';
import { CredentialEpochs } from './epochs.js';
import { confirmKeys, credentialKey, epochKey } from './keys.js';
import { type Leases, type Moment } from './leases.js';
import { replyOf } from './reply.js';
import { nextNonce, scripts } from './scripts.js';
import { Unsent } from './unsent.js';

/** A zone as a credential sees it. */
type View = Pick<Standing, 'zone' | 'credential'>;

/** Which generations stand: what the leases say, else what Redis says. */
export class Generations {
  private readonly confirmations = new Unsent<unknown>();
  /** Null if one server has all keys, so that the scripts read the epoch themselves. */
  private readonly epochs: CredentialEpochs | null;

  constructor(
    private readonly link: RedisLink,
    private readonly leases: Leases,
  ) {
    this.epochs = link.isCluster ? new CredentialEpochs(link, leases) : null;
  }

  now(): Moment {
    return this.leases.now();
  }

  /** Whether a lease says that the generation stands at a moment, which has to be now. Renews a lease that ends soon. */
  stands(view: View, generation: string, now: Moment): boolean {
    const lease = this.leases.valid(view.zone, view.credential, now);
    if (lease?.generation !== generation) return false;
    if (this.epochs?.stands(view.credential, generation, now) === false) return false;
    if (lease.isDue(now)) this.confirmOne(view).catch(() => undefined);
    return true;
  }

  /** Whether leases say that all of them stand now. */
  stand(standings: readonly Standing[]): boolean {
    const now = this.now();
    return standings.every((each) => this.stands(each, each.generation, now));
  }

  /** Asks Redis for the generations that no lease tells. */
  async confirm(standings: readonly Standing[]): Promise<void> {
    const now = this.now();
    const unknown = standings.filter((each) => !this.stands(each, each.generation, now));
    await Promise.all(unknown.map((each) => this.confirmOne(each)));
  }

  private confirmOne(view: View): Promise<unknown> {
    const key = `${view.zone} ${view.credential}`;
    const run = (epoch: string): Run => ({
      script: scripts.confirm,
      keys: confirmKeys(view, !this.link.isCluster),
      args: [nextNonce(), epoch],
    });
    return (
      this.confirmations.get(key) ??
      this.confirmations.begin(key, (onSend) => this.ask(view, 'lease', run, onSend))
    );
  }

  /**
   * Asks for a generation, and takes the reply as a lease of it.
   *
   * @param run the script to run under the epoch of the credential
   */
  async ask(
    { zone, credential }: View,
    lease: 'lease' | 'no lease',
    run: (epoch: string) => Run,
    onSend?: () => void,
  ) {
    const ask = async (epoch: string) => {
      const { raw, sent } = await this.run(run(epoch), onSend);
      return { reply: replyOf(raw), sent };
    };
    try {
      const asked = await (this.epochs ? this.epochs.confirm(credential, ask, onSend) : ask(''));
      if (lease === 'lease' && 'generation' in asked.reply)
        this.leases.grant(zone, credential, asked.reply.generation, asked.sent);
      return asked;
    } catch (error) {
      this.link.watch.check();
      throw error;
    }
  }

  /** Runs a script, and tells when it was sent. */
  async run(run: Run, onSend?: () => void): Promise<{ raw: unknown; sent: Moment }> {
    let sent = this.now();
    const sending = () => {
      sent = this.now();
      onSend?.();
    };
    const raw = await this.link.run({ ...run, onSend: sending });
    return { raw, sent };
  }

  grant({ zone, credential }: View, generation: string, sent: Moment): void {
    this.leases.grant(zone, credential, generation, sent);
  }

  endLeases(zone: string): void {
    this.leases.endZone(zone);
  }

  async forget(credential: string, zone?: string): Promise<void> {
    if (zone === undefined) this.epochs?.forget(credential);
    const key = zone === undefined ? credentialKey(credential) : epochKey(zone, credential);
    // At the end too: a reply to what was asked in between may tell the generation from before.
    this.leases.end(credential, zone);
    try {
      await this.link.retry(scripts.forget, [key], () => [nextNonce()]);
    } finally {
      this.leases.end(credential, zone);
    }
  }
}
