import { type Caller } from '../audit/caller.js';
import { type Actor, type Change, type ChainedEvent } from '../audit/event.js';
import { type AuditKeys } from '../audit/keys.js';
import { type StoredRecord } from '../audit/record.js';
import { statesIn } from '../audit/recorded-states.js';
import { canonicalAddress } from '../context/address.js';
import { type ShownEvent } from './audit-events.schema.js';

/** What `viewer` sees of a record: member by member, so that what a later version writes is not shown by mistake. */
export function shownEvent({ body, hash }: StoredRecord, viewer: Caller, keys: AuditKeys): ShownEvent {
  // The cast holds: it has a zone, and what writes events with one gives them these members.
  const event = JSON.parse(body) as ChainedEvent & Pick<ShownEvent, 'stage' | 'target'>;
  const { op_id, stage, ts, action, entry, actor, credential, request_id, trace_id } = event;
  const { target, cert, change, result, count, writer, seq, prev, kid } = event;
  const shown = {
    ...{ op_id, stage, ts, action, entry },
    actor: actor && (isOwn(event, viewer) ? actor : anonymous(actor, keys)),
    ...{
      credential,
      request_id,
      trace_id,
      target,
      cert,
      change: change && shownChange(change),
      result,
      count,
    },
    chain: { writer, seq, hash, prev, kid },
  };
  // The log says the same in types of its own, whose lists are read-only.
  return shown as ShownEvent;
}

function shownChange({ before, after }: Change): Change {
  return { before: statesIn(before), after: statesIn(after) };
}

/** Anybody can send a request under somebody's e-mail address: it is theirs where Cloudflare has accepted its key. */
function isOwn({ actor, credential }: ChainedEvent, viewer: Caller): boolean {
  if (credential && credential.fingerprint === viewer.credential?.fingerprint) return true;
  return actor?.verified === true && actor.fingerprint === viewer.actor?.fingerprint;
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
