import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Identity } from '../../request/identity.js';
import { type RequestContext } from '../../request/request-context.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type Actor, type AuditCredential, type AuditEvent } from '../record/event.js';
import { type AuditKeys } from '../record/keys.js';

/** Who made a request, and the ids that join it to other records. */
export type Caller = Pick<AuditEvent, 'entry' | 'actor' | 'credential' | 'request_id' | 'trace_id'>;

/** @param verified whether Cloudflare has accepted the credential */
export function callerOf(ctx: RequestContext, keys: AuditKeys, verified: boolean): Caller {
  const { identity, requestId } = ctx;
  const { address, userAgent, traceId } = ctx.client;
  const known = identity instanceof GatewayError ? null : identity;
  const credential = known && auditCredential(known.credential, keys);
  return {
    entry: ctx.graphql ? 'graphql' : 'rest',
    actor: {
      ...(known && credential ? actorOf(known, credential, verified, keys) : { type: 'unknown' }),
      verified,
      ...(address !== '' && { ip: address }),
      ...(userAgent !== undefined && { user_agent: userAgent }),
    },
    ...(credential && { credential }),
    request_id: requestId,
    ...(traceId !== undefined && { trace_id: traceId }),
  };
}

export function auditCredential(credential: Credential, keys: AuditKeys): AuditCredential {
  if (credential.kind === 'token')
    return { kind: 'api_token', fingerprint: keys.fingerprint('api_token', credential.token.reveal()) };
  const { email, key } = credential;
  return { kind: 'api_key', fingerprint: keys.fingerprint('api_key', email.reveal(), key.reveal()) };
}

/**
 * The only place that records an e-mail address: an auditor has to see who made the change. Without verification there is
 * no fingerprint of the address: anyone could send the address of another person and learn which records are that person's.
 */
function actorOf(
  { actor }: Identity,
  { fingerprint }: AuditCredential,
  verified: boolean,
  keys: AuditKeys,
): Pick<Actor, 'type' | 'id' | 'fingerprint'> {
  if (actor.kind === 'token holder') return { type: 'user', id: fingerprint, fingerprint };
  const email = actor.email.reveal();
  return { type: 'user', id: email, fingerprint: verified ? emailFingerprint(email, keys) : fingerprint };
}

export function emailFingerprint(email: string, keys: AuditKeys): string {
  return keys.fingerprint('email', email.toLowerCase());
}
