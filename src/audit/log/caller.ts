import { credentialFrom, type Credential } from '../../access/credential.js';
import { mayBeWritten } from '../../context/may-be-written.js';
import { type RequestContext } from '../../context/request-context.js';
import { type Actor, type AuditCredential, type AuditEvent } from '../record/event.js';
import { type AuditKeys } from '../record/keys.js';

const longestAgent = 256;

/** Who made a request, as far as it is known, and what joins it to other records. */
export type Caller = Pick<AuditEvent, 'entry' | 'actor' | 'credential' | 'request_id' | 'trace_id'>;

/** @param verified whether Cloudflare has accepted the credential */
export function callerOf(ctx: RequestContext, keys: AuditKeys, verified: boolean): Caller {
  const credential = readable(ctx);
  const named = credential && auditCredential(credential, keys);
  const traceId = traceIdOf(ctx);
  return {
    entry: ctx.graphql ? 'graphql' : 'rest',
    actor: {
      ...(credential && named ? actorOf(credential, named, verified, keys) : { type: 'unknown' }),
      verified,
      ...(ctx.ip !== '' && { ip: ctx.ip }),
      ...agentOf(ctx),
    },
    ...(named && { credential: named }),
    request_id: ctx.requestId,
    ...(traceId !== undefined && { trace_id: traceId }),
  };
}

export function auditCredential(credential: Credential, keys: AuditKeys): AuditCredential {
  return credential.kind === 'token'
    ? { kind: 'api_token', fingerprint: keys.fingerprint('api_token', credential.token.reveal()) }
    : {
        kind: 'api_key',
        fingerprint: keys.fingerprint('api_key', credential.email.reveal(), credential.key.reveal()),
      };
}

/**
 * The one place where an e-mail address is written down: an auditor has to see who it was. Who has not shown to have it
 * is not given its fingerprint: by sending an address one could find out whose the fingerprints of others are.
 */
function actorOf(
  credential: Credential,
  { fingerprint }: AuditCredential,
  verified: boolean,
  keys: AuditKeys,
): Pick<Actor, 'type' | 'id' | 'fingerprint'> {
  if (credential.kind === 'token') return { type: 'user', id: fingerprint, fingerprint };
  const email = credential.email.reveal();
  return { type: 'user', id: email, fingerprint: verified ? emailFingerprint(email, keys) : fingerprint };
}

export function emailFingerprint(email: string, keys: AuditKeys): string {
  return keys.fingerprint('email', email.toLowerCase());
}

/** Undefined where there is none, or it is malformed. */
export function readable({ headers }: RequestContext): Credential | undefined {
  try {
    return credentialFrom(headers);
  } catch {
    return undefined;
  }
}

function agentOf({ headers }: RequestContext) {
  const agent = headers['user-agent']?.slice(0, longestAgent);
  return agent !== undefined && mayBeWritten(agent, headers) ? { user_agent: agent } : {};
}

/** W3C Trace Context. An API key is 32 hex digits, as a trace id is. */
function traceIdOf({ headers }: RequestContext): string | undefined {
  const sent = String(headers['traceparent']);
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(sent)?.[1];
  return traceId !== undefined && /[^0]/.test(traceId) && mayBeWritten(traceId, headers)
    ? traceId
    : undefined;
}
