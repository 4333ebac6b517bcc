import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type AuditCredential } from '../record/event.js';

const askedAgainAfterMs = 10 * 60_000;
const max = 10_000;
const unknown = '';

/**
 * The ids of API tokens at Cloudflare, by the fingerprints of the tokens. With them, records join with Cloudflare's own audit
 * log, which names a token by its id.
 */
@Injectable()
export class TokenIds {
  /** An id stays known after its time: a token keeps its id. */
  private readonly ids = new LRUCache<string, string>({
    max,
    ttl: askedAgainAfterMs,
    allowStale: true,
    noDeleteOnStaleGet: true,
  });

  /** Whether Cloudflare is to be asked for the id now: true once in ten minutes, whatever it answers. */
  begin(fingerprint: string): boolean {
    if (this.ids.has(fingerprint)) return false;
    this.ids.set(fingerprint, this.idOf(fingerprint));
    return true;
  }

  note(fingerprint: string, id: string): void {
    this.ids.set(fingerprint, id);
  }

  /** The credential with the id of the token, if it is known. */
  addedTo(credential: AuditCredential): AuditCredential {
    const token_id = this.idOf(credential.fingerprint);
    return token_id === unknown ? credential : { ...credential, token_id };
  }

  private idOf(fingerprint: string): string {
    return this.ids.get(fingerprint) ?? unknown;
  }
}
