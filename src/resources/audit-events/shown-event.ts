import { type AuditView } from '../../gateway/access/access-policy.js';
import { type Caller } from '../../gateway/audit/log/caller.js';
import { type Actor, type AuditCredential, type ChainedEvent } from '../../gateway/audit/record/event.js';
import { type AuditKeys } from '../../gateway/audit/record/keys.js';
import { type StoredRecord } from '../../gateway/audit/record/record.js';
import { statesIn } from '../../gateway/audit/log/recorded-states.js';
import { canonicalAddress } from '../../platform/context/address.js';
import { auditEventSchema, type ShownEvent } from './audit-events.schema.js';

const members = Object.keys(auditEventSchema.shape) as (keyof ShownEvent)[];

/** Who looks, and how much that caller may see. */
export type Viewer = Caller & { readonly view: AuditView };

/** A record as `viewer` sees it: member by member, so that a member of a later version is not shown by mistake. */
export function shownEvent({ body, hash }: StoredRecord, viewer: Viewer, keys: AuditKeys): ShownEvent {
  const event = JSON.parse(body) as ChainedEvent;
  const { actor, credential, change, writer, seq, prev, kid } = event;
  const isWhole = viewer.view === 'whole';
  const known = {
    ...event,
    actor: actor && (isWhole || isOwn(event, viewer) ? actor : anonymous(actor, keys)),
    credential: credential && (isWhole || isHolder(event, viewer) ? credential : withoutId(credential)),
    change: change && { before: statesIn(change.before), after: statesIn(change.after) },
    chain: { writer, seq, hash, prev, kid },
  };
  // The cast holds: every event that a search finds has the members that the schema requires.
  return Object.fromEntries(members.map((name) => [name, known[name]])) as ShownEvent;
}

/** A request may carry the e-mail address of another person: it is their own where Cloudflare has accepted the key. */
function isOwn(event: ChainedEvent, viewer: Caller): boolean {
  const { actor } = event;
  if (isHolder(event, viewer)) return true;
  return actor?.verified === true && actor.fingerprint === viewer.actor?.fingerprint;
}

/** In managed mode no caller holds the credential of a call. */
function isHolder({ credential }: ChainedEvent, viewer: Caller): boolean {
  return credential !== undefined && credential.fingerprint === viewer.credential?.fingerprint;
}

/** With the id of a token, a reader of the account's audit log at Cloudflare finds the owner of the token. */
function withoutId({ kind, fingerprint }: AuditCredential): AuditCredential {
  return { kind, fingerprint };
}

function anonymous({ type, fingerprint, verified, ip, user_agent }: Actor, keys: AuditKeys): Actor {
  return {
    type,
    ...(fingerprint !== undefined && { id: fingerprint, fingerprint }),
    verified,
    ...(ip !== undefined && { ip: keys.fingerprint('ip', canonicalAddress(ip)) }),
    ...(user_agent !== undefined && { user_agent: keys.fingerprint('user_agent', user_agent) }),
  };
}
