import { loseReply } from './lost.js';
import { withPledge } from './promise.js';
import { fill, fillNoCache, look } from './redis.js';
import { type Rules } from './rules.js';
import {
  type Emit,
  type Generation,
  idle,
  type Kept,
  type Reader,
  readersTerm,
  type ReadKind,
  replaced,
  type State,
} from './state.js';

/** Emits a step of one reader: `state`, with `reader` in its place. */
type Go = (what: string, state: State, reader: Reader) => void;

/**
 * The steps of reader `index`. A hit is no step, because it changes nothing: `staleRead` says for every state whether a read
 * that begins in it hits what is too old.
 *
 * A read that fetches is answered by that fetch. The fetch began after the read, so its value is never too old, and only
 * what follows matters: FILL. For the same reason a read that bypasses ends with LOOK.
 */
export function readerSteps(before: State, index: number, rules: Rules, emit: Emit): void {
  const reader = before.readers[index] as Reader;
  const go: Go = (what, state, next) =>
    emit(`reader ${index + 1}: ${what}`, { ...state, readers: replaced(state.readers, index, next) });
  switch (reader.stage) {
    case 'idle':
      return sendLook(before, reader, go);
    case 'looking':
      return executeLook(before, reader, rules, go);
    case 'answered':
      return receiveLook(before, reader, rules, go);
    case 'leading':
      return fetch(before, reader, rules, go);
    case 'fetched':
      return sendFill(before, reader, rules, go);
    case 'filling':
      if (reader.kind === 'noCache') return executeNoCacheFill(before, reader, rules, go);
      return executeFill(before, reader, rules, go);
    case 'filled':
      return receiveFill(before, reader, rules, go);
  }
}

const looks: Record<ReadKind, string> = { read: 'LOOK', confirm: 'CONFIRM', noCache: 'LOOK, no-cache' };

function sendLook(state: State, reader: Reader, go: Go): void {
  const [kind, ...left] = reader.left;
  if (!kind) return;
  go(`sends ${looks[kind]}`, state, { ...reader, stage: 'looking', kind, left, sentAt: state.now });
}

function executeLook(before: State, reader: Reader, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { redis, generation, hit } = look(before.redis, nonce, rules);
  const state = { ...before, redis, nonce };
  if (generation === null) {
    const next = reader.kind === 'noCache' ? ({ ...reader, stage: 'leading' } as const) : idleAfter(reader);
    return go('LOOK is executed: bypass', state, next);
  }
  const value = reader.kind === 'read' && hit !== null ? hit.value : -1;
  const reply = value < 0 ? 'lead' : `hit v${value}`;
  go(`LOOK is executed: ${reply}`, state, { ...reader, stage: 'answered', generation, value });
}

function receiveLook(before: State, reader: Reader, rules: Rules, go: Go): void {
  const { kind, value, sentAt } = reader;
  const generation = reader.generation as Generation;
  const term = readersTerm(rules);
  // Rule `lateLookGrantsNothing`: a late reply answers its own read, which began before the send. Without the rule its lease
  // is counted from the reply, because one that is counted from the send is over.
  const isLate = before.now >= sentAt + term;
  const isFromSend = rules.leaseFromLook && (!isLate || rules.lateLookGrantsNothing);
  const until = (isFromSend ? sentAt : before.now) + term;
  const state = withLease(before, reader, until, value < 0 ? null : { generation, value });
  const what = `the reply to LOOK arrives${state === before ? ' and grants nothing' : ''}`;
  const leads = kind === 'noCache' || (kind === 'read' && value < 0);
  if (leads) go(what, state, { ...reader, stage: 'leading', value: -1, isVoid: false });
  else go(what, state, idleAfter(reader));
}

function fetch(state: State, reader: Reader, rules: Rules, go: Go): void {
  const value = state.upstream;
  // Rule `noCacheRenewsAfterBypass`: a no-cache read has no turn after a bypass, but sends FILL for its epoch.
  if (reader.generation === null && !rules.noCacheRenewsAfterBypass) {
    return go(`fetches v${value} and answers`, withPledge(state, value), idleAfter(reader));
  }
  go(`fetches v${value}`, state, { ...reader, stage: 'fetched', value });
}

function sendFill(before: State, reader: Reader, rules: Rules, go: Go): void {
  // Rule `noCacheNoncePerAttempt`. Without it the name is chosen here, for all attempts.
  const isNamed = reader.kind === 'noCache' && !rules.noCacheNoncePerAttempt;
  const state = isNamed ? { ...before, nonce: before.nonce + 1 } : before;
  const epoch = isNamed ? state.nonce : 0;
  go('sends FILL', state, { ...reader, stage: 'filling', sentAt: state.now, epoch });
}

function executeFill(before: State, reader: Reader, rules: Rules, go: Go): void {
  const { redis, isStored } = fill(before.redis, reader.generation as Generation, reader.value, rules);
  if (!isStored) return go('FILL is executed: refused', before, idleAfter(reader));
  go('FILL is executed: stored', { ...before, redis }, { ...reader, stage: 'filled' });
}

function executeNoCacheFill(before: State, reader: Reader, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { generation, value, epoch } = reader;
  const { redis, stored } = fillNoCache(before.redis, generation, value, epoch || nonce, rules);
  const executed = { ...before, redis, nonce };
  loseReply(executed, 'FILL', (what, next) => go(what, next, reader));
  // The answer does not wait W after FILL. It is given after FILL is executed, at the earliest now.
  const state = withPledge(executed, value);
  if (stored === null) return go('FILL is executed: nothing is stored', state, idleAfter(reader));
  go('FILL is executed: stored', state, { ...reader, stage: 'filled', generation: stored, epoch: 0 });
}

function receiveFill(before: State, reader: Reader, rules: Rules, go: Go): void {
  const { value, sentAt } = reader;
  const until = (rules.leaseFromFill ? sentAt : before.now) + readersTerm(rules);
  const state = withLease(before, reader, until, { generation: reader.generation as Generation, value });
  go(`the reply to FILL arrives${state === before ? ' and grants nothing' : ''}`, state, idleAfter(reader));
}

/**
 * What a reply gives the replica: a lease until `until`, and a copy. The copy is kept even if the lease is over, because another
 * LOOK may confirm it. Rule `forgetVoids`: a reply to what was sent before FORGET gives neither.
 */
function withLease(state: State, reader: Reader, until: number, copy: Kept | null): State {
  const isGranted = until > state.now;
  if (reader.isVoid || (!isGranted && copy === null)) return state;
  const before = state.replicas[reader.replica];
  if (!before) return state;
  const lease = isGranted ? { generation: reader.generation as Generation, until } : before.lease;
  const replica = { ...before, lease, copy: copy ?? before.copy };
  return { ...state, replicas: replaced(state.replicas, reader.replica, replica) };
}

function idleAfter({ replica, left }: Reader): Reader {
  return { ...idle, replica, left };
}
