import { loseReply } from './lost.js';
import { withPledge } from './promise.js';
import { fill, fillNoCache, look } from './redis.js';
import {
  type Context,
  type Emit,
  type Generation,
  idle,
  type Kept,
  type Reader,
  readersTerm,
  replaced,
  type State,
} from './state.js';

/**
 * The steps of reader `index`. A hit is no step, because it changes nothing: `promise.ts` holds for every state that a read
 * that begins in it would be answered rightly.
 *
 * A read that fetches is answered by that fetch. The fetch began after the read, so the answer is never too old, and only
 * what follows matters: FILL. For the same reason a read that bypasses ends with LOOK.
 */
export function readerSteps(state: State, index: number, context: Context, emit: Emit): void {
  const reader = state.readers[index] as Reader;
  const step = (what: string, next: State) => emit(`reader ${index + 1}: ${what}`, next);
  switch (reader.stage) {
    case 'idle':
      return sendLook(state, index, reader, step);
    case 'looking':
      return executeLook(state, index, reader, context, step);
    case 'answered':
      return receiveLook(state, index, reader, context, step);
    case 'leading':
      return fetch(state, index, reader, context, step);
    case 'fetched':
      return sendFill(state, index, reader, context, step);
    case 'filling':
      return executeFill(state, index, reader, context, step);
    case 'filled':
      return receiveFill(state, index, reader, context, step);
  }
}

function sendLook(state: State, index: number, reader: Reader, emit: Emit): void {
  const [kind, ...left] = reader.left;
  if (!kind) return;
  const { replica } = reader;
  emit(
    kind === 'confirm' ? 'sends CONFIRM' : kind === 'noCache' ? 'sends LOOK, no-cache' : 'sends LOOK',
    withReader(state, index, { ...idle, replica, left, kind, stage: 'looking', sentAt: state.now }),
  );
}

function executeLook(before: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const nonce = before.nonce + 1;
  const { redis, generation, hit } = look(before.redis, nonce, rules);
  const state = { ...before, redis, nonce };
  if (generation !== null) {
    const value = reader.kind === 'read' && hit !== null ? hit.value : -1;
    const said = value < 0 ? 'lead' : `hit v${value}`;
    emit(
      `LOOK is executed: ${said}`,
      withReader(state, index, { ...reader, stage: 'answered', generation, value }),
    );
  } else if (reader.kind === 'noCache') {
    emit('LOOK is executed: bypass', withReader(state, index, { ...reader, stage: 'leading' }));
  } else {
    emit('LOOK is executed: bypass', withIdle(state, index));
  }
}

function receiveLook(state: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const { value, replica } = reader;
  const generation = reader.generation as Generation;
  const term = readersTerm(rules);
  // Rule `lateLookGrantsNothing`. Without it the lease begins with the reply, or it would be over already.
  const isLate = state.now >= reader.sentAt + term;
  const isFromReply = !rules.leaseFromLook || (isLate && !rules.lateLookGrantsNothing);
  const until = (isFromReply ? state.now : reader.sentAt) + term;
  const copy = value < 0 ? null : { generation, value };
  const granted = reader.isVoid ? state : withLease(state, replica, generation, until, copy);
  const goesOn = reader.kind === 'noCache' || (reader.kind === 'read' && value < 0);
  emit(
    `the reply to LOOK arrives${granted === state ? ' and grants nothing' : ''}`,
    goesOn
      ? withReader(granted, index, { ...reader, stage: 'leading', value: -1, isVoid: false })
      : withIdle(granted, index),
  );
}

function fetch(state: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const value = state.upstream;
  if (reader.generation === null && !rules.noCacheRenewsAfterBypass) {
    emit(`fetches v${value} and answers`, withPledge(withIdle(state, index), value));
    return;
  }
  emit(`fetches v${value}`, withReader(state, index, { ...reader, stage: 'fetched', value }));
}

/** Rule `noCacheNoncePerAttempt`. Without it all attempts of one read write the same epoch. */
function sendFill(before: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const isNamed = reader.kind === 'noCache' && !rules.noCacheNoncePerAttempt;
  const state = isNamed ? { ...before, nonce: before.nonce + 1 } : before;
  const epoch = isNamed ? state.nonce : 0;
  emit('sends FILL', withReader(state, index, { ...reader, stage: 'filling', sentAt: state.now, epoch }));
}

function executeFill(before: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const nonce = before.nonce + 1;
  const { generation: turn, value } = reader;
  if (reader.kind === 'noCache') {
    const { redis, stored } = fillNoCache(before.redis, turn, value, reader.epoch || nonce, rules);
    loseReply({ ...before, redis, nonce }, 'FILL', emit);
    // The answer does not wait W. It may be given from here on, not earlier.
    const state = withPledge({ ...before, redis, nonce }, value);
    if (stored === null) emit('FILL is executed: nothing is stored', withIdle(state, index));
    else
      emit(
        'FILL is executed: stored',
        withReader(state, index, { ...reader, stage: 'filled', generation: stored, epoch: 0 }),
      );
    return;
  }
  const { redis, isStored } = fill(before.redis, turn as Generation, value, rules);
  const state = { ...before, redis };
  if (isStored) emit('FILL is executed: stored', withReader(state, index, { ...reader, stage: 'filled' }));
  else emit('FILL is executed: refused', withIdle(state, index));
}

function receiveFill(state: State, index: number, reader: Reader, { rules }: Context, emit: Emit): void {
  const generation = reader.generation as Generation;
  const { value, replica } = reader;
  const until = (rules.leaseFromFill ? reader.sentAt : state.now) + readersTerm(rules);
  const granted = reader.isVoid ? state : withLease(state, replica, generation, until, { generation, value });
  emit(
    `the reply to FILL arrives${granted === state ? ' and grants nothing' : ''}`,
    withIdle(granted, index),
  );
}

/** The replica keeps the copy also where the lease is over: another LOOK may confirm it. */
function withLease(
  state: State,
  index: number,
  generation: Generation,
  until: number,
  copy: Kept | null,
): State {
  const before = state.replicas[index];
  if (!before) return state;
  const isGranted = until > state.now;
  if (!isGranted && copy === null) return state;
  const lease = isGranted ? { generation, until } : before.lease;
  return {
    ...state,
    replicas: replaced(state.replicas, index, { ...before, lease, copy: copy ?? before.copy }),
  };
}

function withReader(state: State, index: number, reader: Reader): State {
  return { ...state, readers: replaced(state.readers, index, reader) };
}

function withIdle(state: State, index: number): State {
  const { replica, left } = state.readers[index] as Reader;
  return withReader(state, index, { ...idle, replica, left });
}
