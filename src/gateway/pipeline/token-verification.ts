import { Injectable } from '@nestjs/common';
import { auditCredential } from '../audit/log/caller.js';
import { TokenIds } from '../audit/log/token-ids.js';
import { AuditKeys } from '../audit/record/keys.js';
import { type Identity } from '../request/identity.js';
import { RequestContext } from '../request/request-context.js';
import { CloudflareCalls } from './cloudflare-calls.js';

const tokenId = /^[0-9a-f]{32}$/;

/** Asks Cloudflare for the ids of API tokens, in the background: no request waits for the answer or fails with it. */
@Injectable()
export class TokenVerification {
  constructor(
    private readonly calls: CloudflareCalls,
    private readonly keys: AuditKeys,
    private readonly ids: TokenIds,
  ) {}

  /** Asks for the id of the token of a request, if it was not asked for in the last ten minutes. An API key has no id. */
  begin(ctx: RequestContext, identity: Identity): void {
    if (identity.credential.kind !== 'token') return;
    const { fingerprint } = auditCredential(identity.credential, this.keys);
    if (!this.ids.begin(fingerprint)) return;
    this.ask(ctx, identity).then(
      (id) => id !== null && this.ids.note(fingerprint, id),
      // The id is not known then, as after a refusal.
      () => undefined,
    );
  }

  /** Resolves to null if Cloudflare does not say the id. */
  private async ask({ requestId, client }: RequestContext, identity: Identity): Promise<string | null> {
    // A context of its own: the request may have been answered and logged before this call ends.
    const own = new RequestContext(requestId, {
      address: '',
      via: client.via,
      identify: () => identity,
      mayBeWritten: () => false,
      quotesCredential: (text) => client.quotesCredential(text),
    });
    const answer = await this.calls.verifyToken(own, identity);
    const { id } = ((answer.ok && answer.envelope.result) || {}) as { id?: unknown };
    return typeof id === 'string' && tokenId.test(id) && !client.quotesCredential(id) ? id : null;
  }
}
