import { createHmac, randomBytes } from 'node:crypto';
import { type Credential } from '../access/credential.js';
import { type Call } from '../upstream/operations.js';
import { type Place } from './store.js';

/** Names places by HMAC: what is short enough to guess cannot be found by trying. */
export class Places {
  private readonly known = new WeakMap<Credential, string>();

  constructor(private readonly key: Buffer = randomBytes(32)) {}

  of(credential: Credential, { operation, params, query }: Call): Place {
    const zone = this.zone(params.zone_id);
    const who = this.credential(credential);
    const asked = (operation.query ?? []).map((name) => [name, query?.[name] ?? null]);
    const { hostname, certificate_id } = params;
    const what = [operation.name, hostname?.toLowerCase(), certificate_id?.toLowerCase(), asked];
    return { zone, credential: who, key: this.hmac('place', zone, who, JSON.stringify(what)) };
  }

  zone(zoneId: string): string {
    return this.hmac('zone', zoneId);
  }

  credential(credential: Credential): string {
    const known = this.known.get(credential);
    if (known !== undefined) return known;
    const name =
      credential.kind === 'token'
        ? this.hmac('token', credential.token.reveal())
        : this.hmac('key', credential.email.reveal(), credential.key.reveal());
    this.known.set(credential, name);
    return name;
  }

  /** Of parts that cannot be mistaken for one another, whatever stands in them. */
  private hmac(...parts: string[]): string {
    return createHmac('sha256', this.key).update(JSON.stringify(parts)).digest('base64url');
  }
}
