import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { ForeignCredential } from '../../request/foreign-credential.js';
import { type Identity } from '../../request/identity.js';
import { type RequestContext } from '../../request/request-context.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type Actor, type AuditCredential, type AuditEvent } from '../record/event.js';
import { type AuditKeys } from '../record/keys.js';

/** Who made a request, and the ids that join it to other records. */
export type Caller = Pick<AuditEvent, 'entry' | 'actor' | 'credential' | 'request_id' | 'trace_id'>;

/**
 * @param verified whether Cloudflare has accepted the credential; a principal is always verified
 * @param used the credential that the call is made with, if the request does not carry it
 */
export function callerOf(ctx: RequestContext, keys: AuditKeys, verified: boolean, used?: Credential): Caller {
  const { identity, requestId } = ctx;
  const { address, userAgent, traceId } = ctx.client;
  const sent = used ?? credentialOf(identity);
  const credential = sent && auditCredential(sent, keys);
  return {
    entry: ctx.graphql ? 'graphql' : 'rest',
    actor: {
      ...actorOf(identity, credential, verified, keys),
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
  identity: Identity | GatewayError,
  sent: AuditCredential | undefined,
  verified: boolean,
  keys: AuditKeys,
): Pick<Actor, 'type' | 'id' | 'name' | 'fingerprint' | 'verified'> {
  if (identity instanceof GatewayError) return { type: 'unknown', verified };
  if (identity.kind === 'principal') {
    const { type, id, name } = identity;
    const fingerprint = keys.fingerprint('actor', id);
    return { type, id, ...(name !== null && name !== id && { name }), fingerprint, verified: true };
  }
  const { credential } = identity;
  const fingerprint = sent?.fingerprint ?? '';
  if (credential.kind === 'token') return { type: 'user', id: fingerprint, fingerprint, verified };
  const email = credential.email.reveal();
  const ofEmail = verified ? emailFingerprint(email, keys) : fingerprint;
  return { type: 'user', id: email, fingerprint: ofEmail, verified };
}

/** The credential in a request, also one that is not taken. */
function credentialOf(identity: Identity | GatewayError): Credential | undefined {
  if (identity instanceof ForeignCredential) return identity.credential;
  return identity instanceof GatewayError || identity.kind === 'principal' ? undefined : identity.credential;
}

export function emailFingerprint(email: string, keys: AuditKeys): string {
  return keys.fingerprint('email', email.toLowerCase());
}
