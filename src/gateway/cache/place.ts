import { createHmac, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Call, questionOf } from '../../domain/cloudflare/operations.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type RequestContext } from '../request/request-context.js';
import { type Place } from './store/store.js';

/** Names places by HMAC, so that a short name cannot be guessed. */
export class Places {
  /** Each takes about 200 bytes. */
  private readonly names = new LRUCache<string, string>({ max: 20_000 });
  /** A credential is hashed once for all reads of its request. */
  private readonly credentials = new WeakMap<Credential, string>();
  /** Of `ofKnown`: a hit would take most of its time to write a question and to look up its names. */
  private readonly known = new WeakMap<Call, WeakMap<Credential, Place>>();

  constructor(private readonly key: KeyObject = createSecretKey(randomBytes(32))) {}

  /** @param question of `questionOf` */
  of(credential: Credential, zoneId: string, question: string): Place {
    const who = this.credential(credential);
    return { zone: this.zone(zoneId), credential: who, key: `${who}.${this.name('question', question)}` };
  }

  /** The place of a call that is made again and again. It is named once for each object of a credential. */
  ofKnown(credential: Credential, call: Call): Place {
    const places = this.known.get(call) ?? new WeakMap<Credential, Place>();
    const known = places.get(credential);
    if (known) return known;
    const place = this.of(credential, call.params.zone_id, questionOf(call));
    this.known.set(call, places.set(credential, place));
    return place;
  }

  zone(zoneId: string): string {
    return this.name('zone', zoneId);
  }

  credential(credential: Credential): string {
    const known = this.credentials.get(credential);
    if (known !== undefined) return known;
    const name = this.name(credential.kind, digestOf(credential));
    this.credentials.set(credential, name);
    return name;
  }

  /** Whose share of what is bounded a request takes: that of its sender, or of the credential if the sender has no other name. */
  caller({ identity }: RequestContext, credential: Credential): string {
    const isNamed = !(identity instanceof GatewayError) && identity.kind === 'principal';
    return isNamed ? identity.id : this.credential(credential);
  }

  /** Names the calls that a caller makes with a credential. */
  callsOf(ctx: RequestContext, credential: Credential): string {
    const which = this.credential(credential);
    const who = this.caller(ctx, credential);
    return who === which ? which : this.name('calls', `${which} ${who}`);
  }

  /** @param what no secret, because it is kept as it is */
  private name(kind: 'zone' | 'question' | 'calls' | Credential['kind'], what: string): string {
    const key = `${kind} ${what}`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = createHmac('sha256', this.key).update(key).digest('base64url');
    this.names.set(key, name);
    return name;
  }
}

function digestOf(credential: Credential): string {
  if (credential.kind === 'token') return hash('sha256', credential.token.reveal(), 'base64url');
  const parts = [credential.email.reveal(), credential.key.reveal()];
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
