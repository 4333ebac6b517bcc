import { Injectable } from '@nestjs/common';
import { randomUUIDv7 } from 'node:crypto';
import { type TokenVerdict } from '../access/access-policy.js';
import { auditCredential } from '../audit/log/caller.js';
import { TokenIds } from '../audit/log/token-ids.js';
import { AuditKeys } from '../audit/record/keys.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Client } from '../request/client.js';
import { RequestContext } from '../request/request-context.js';
import { CloudflareCalls } from './cloudflare-calls.js';

const tokenId = /^[0-9a-f]{32}$/;

/** Asks Cloudflare about API tokens. */
@Injectable()
export class TokenVerification {
  constructor(
    private readonly calls: CloudflareCalls,
    private readonly keys: AuditKeys,
    private readonly ids: TokenIds,
  ) {}

  /**
   * Asks for the id of the token of a request, if it was not asked for in the last ten minutes. In the background: no request waits
   * for the answer or fails with it. An API key has no id.
   */
  begin({ requestId, client }: RequestContext, credential: Credential): void {
    if (credential.kind !== 'token') return;
    const { fingerprint } = auditCredential(credential, this.keys);
    if (!this.ids.begin(fingerprint)) return;
    // A context of its own: the request may have been answered and logged before this call ends.
    const own = contextFor(credential, requestId, client);
    this.calls.verifyToken(own, credential).then(
      (answer) => {
        const { id } = resultOf(answer);
        const isKnown = typeof id === 'string' && tokenId.test(id) && !client.quotesCredential(id);
        if (isKnown) this.ids.note(fingerprint, id);
      },
      // The id is not known then, as after a refusal.
      () => undefined,
    );
  }

  /** What Cloudflare says of a token of the gateway. */
  async verdictOf(credential: Credential, accountId: string | undefined): Promise<TokenVerdict> {
    try {
      const answer = await this.calls.verifyToken(contextFor(credential), credential, accountId);
      const verdict = verdictIn(answer);
      if (verdict.status === 'active' && verdict.id !== null)
        this.ids.note(auditCredential(credential, this.keys).fingerprint, verdict.id);
      return verdict;
    } catch (error) {
      return {
        status: 'unknown',
        reason: error instanceof GatewayError ? error.message : 'it could not be asked',
      };
    }
  }
}

function contextFor(
  credential: Credential,
  requestId: string = randomUUIDv7(),
  client?: Client,
): RequestContext {
  return new RequestContext(requestId, {
    address: '',
    via: client?.via,
    identify: () => ({ kind: 'holder', credential }),
    mayBeWritten: () => false,
    quotesCredential: (text) => client?.quotesCredential(text) ?? false,
  });
}

interface Verification {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly expires_on?: unknown;
}

function resultOf(answer: Answer): Verification {
  return (answer.ok && answer.envelope.result) || {};
}

function verdictIn(answer: Answer): TokenVerdict {
  const { codes, status: http } = answer.said;
  if (!answer.ok) {
    const said = `${http}${codes.length > 0 ? `, code ${codes.join(', ')}` : ''}`;
    const isRefused = answer.isRefusal && http !== 429;
    return isRefused
      ? { status: 'refused', reason: `it answers ${said}` }
      : { status: 'unknown', reason: `Cloudflare answers ${said}` };
  }
  const { id, status, expires_on } = resultOf(answer);
  if (status !== 'active') {
    const known = status === 'disabled' || status === 'expired' ? status : 'not active';
    return { status: 'refused', reason: `it is ${known}` };
  }
  const expiry = typeof expires_on === 'string' ? Date.parse(expires_on) : NaN;
  return {
    status: 'active',
    id: typeof id === 'string' && tokenId.test(id) ? id : null,
    expiresAt: Number.isNaN(expiry) ? null : new Date(expiry),
  };
}
