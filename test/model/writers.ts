import { loseReply } from './lost.js';
import { withAcknowledged } from './promise.js';
import { begin, end, lift } from './redis.js';
import {
  type Context,
  type Emit,
  notBegun,
  replaced,
  type State,
  type Writer,
  writersTerm,
} from './state.js';

/** The steps of writer `index`, which makes one change. Processes may be slow: each step is taken at any time, or never. */
export function writerSteps(state: State, index: number, context: Context, emit: Emit): void {
  const writer = state.writers[index] as Writer;
  const step = (what: string, next: State) => emit(`writer ${index + 1}: ${what}`, next);
  switch (writer.stage) {
    case 'ready':
      return step(
        'sends BEGIN',
        withWriter(state, index, { ...writer, stage: 'beginning', waitsUntil: state.now }),
      );
    case 'beginning':
      executeBegin(state, index, writer, context, step);
      return loseBegin(state, index, writer, context, step);
    case 'calling':
      return callUpstream(state, index, writer, step);
    case 'applied':
      return afterChange(state, index, writer, context, step);
    case 'refused':
      return executeLift(state, index, writer, context, step);
    case 'unknown':
      // Nothing is acknowledged. The fence stays until the intent expires.
      return step(
        'its change is made late',
        withWriter({ ...state, upstream: state.upstream + 1 }, index, done(writer)),
      );
    case 'waiting':
      if (state.now >= writer.waitsUntil) step('acknowledges', acknowledged(state, index, writer));
      return;
    case 'behind':
      return executeEndBehind(state, index, writer, context, step);
    case 'done':
  }
}

/** The rest has no effect any more. */
function done({ outcomes }: Writer): Writer {
  return { ...notBegun, outcomes, stage: 'done' };
}

/** The reply may arrive at once. A later one only delays what follows. */
function executeBegin(before: State, index: number, writer: Writer, { rules }: Context, emit: Emit): void {
  const nonce = before.nonce + 1;
  const intent = rules.intentPerAttempt ? nonce : -1 - index;
  const { redis, given, found } = begin(before.redis, intent, nonce, rules);
  // Rule `writerWaitsFromReply`: a LOOK that was sent after BEGIN may have been executed before it.
  const waitsFrom = rules.writerWaitsFromReply ? before.now : writer.waitsUntil;
  const waitsUntil = waitsFrom + (rules.writerWaits ? writersTerm : 0);
  const { server } = redis;
  emit(
    'BEGIN is executed, and its reply arrives',
    withWriter({ ...before, redis, nonce }, index, {
      ...writer,
      stage: 'calling',
      intent,
      // LIFT alone asks for them.
      ...(writer.outcomes.includes('refused') && { given, found }),
      server,
      waitsUntil,
    }),
  );
}

/** Rule `intentPerAttempt`: the writer tries again with another intent, because this one may come, and end, at any time. */
function loseBegin(before: State, index: number, writer: Writer, { rules }: Context, emit: Emit): void {
  if (before.left.strays === 0) return;
  const nonce = before.nonce + 1;
  const stray = { intent: rules.intentPerAttempt ? nonce : -1 - index, isBegun: false, isEnded: false };
  const left = { ...before.left, strays: before.left.strays - 1 };
  const state = { ...before, nonce, left, strays: [...before.strays, stray] };
  emit(
    'hears nothing of BEGIN, and sends another',
    withWriter(state, index, { ...writer, waitsUntil: state.now }),
  );
}

function callUpstream(state: State, index: number, writer: Writer, emit: Emit): void {
  const { outcomes } = writer;
  if (outcomes.includes('applied') || outcomes.includes('behind')) {
    const value = state.upstream + 1;
    emit(
      `upstream makes the change: v${value}`,
      withWriter({ ...state, upstream: value }, index, {
        ...writer,
        stage: 'applied',
        value,
        given: 0,
        found: 0,
      }),
    );
  }
  if (outcomes.includes('refused')) {
    emit(
      'upstream refuses the credential',
      withWriter(state, index, { ...writer, stage: 'refused', server: 0, waitsUntil: 0 }),
    );
  }
  if (outcomes.includes('unknown')) {
    emit('the call has no answer', withWriter(state, index, { ...done(writer), stage: 'unknown' }));
  }
}

function afterChange(state: State, index: number, writer: Writer, context: Context, emit: Emit): void {
  if (state.now < writer.waitsUntil) return;
  const { outcomes } = writer;
  if (outcomes.includes('applied')) executeEnd(state, index, writer, context, emit);
  if (outcomes.includes('behind')) {
    const next = acknowledged(state, index, writer);
    emit(
      'END takes too long; acknowledges',
      withWriter(next, index, { ...writer, stage: 'behind', value: -1, waitsUntil: 0, server: 0 }),
    );
  }
}

function executeEnd(before: State, index: number, writer: Writer, { rules }: Context, emit: Emit): void {
  const nonce = before.nonce + 1;
  const { redis, isHeld } = end(before.redis, writer.intent, nonce, rules);
  const state = { ...before, redis, nonce };
  loseReply(state, 'END', emit);
  // Rule `writerHeedsHeld`: the intent was lost, so that leases were granted during the change.
  // Rule `writerHeedsServer`: this server has the intent, but the one of BEGIN may have lost it and granted leases.
  const isLost =
    (rules.writerHeedsHeld && !isHeld) || (rules.writerHeedsServer && redis.server !== writer.server);
  const how = isHeld ? 'END is executed' : 'END is executed, its intent is gone';
  if (!isLost) return emit(`${how}; acknowledges v${writer.value}`, acknowledged(state, index, writer));
  const waitsUntil = state.now + writersTerm;
  emit(
    `${how}; waits again`,
    withWriter(state, index, { ...done(writer), stage: 'waiting', waitsUntil, value: writer.value }),
  );
}

function executeEndBehind(
  before: State,
  index: number,
  writer: Writer,
  { rules }: Context,
  emit: Emit,
): void {
  const nonce = before.nonce + 1;
  const { redis } = end(before.redis, writer.intent, nonce, rules);
  emit('END is executed', withWriter({ ...before, redis, nonce }, index, done(writer)));
}

/** Does not wait: nothing has changed, and nothing is acknowledged. */
function executeLift(before: State, index: number, writer: Writer, { rules }: Context, emit: Emit): void {
  const nonce = before.nonce + 1;
  const redis = lift(before.redis, writer.intent, writer.given, writer.found, nonce, rules);
  const state = { ...before, redis, nonce };
  loseReply(state, 'LIFT', emit);
  const isRestored =
    redis.zone?.generation !== before.redis.zone?.generation && redis.zone?.generation !== nonce;
  const how = isRestored
    ? ': the generation is restored'
    : redis.lifted === before.redis.lifted
      ? ''
      : ': the generation stays';
  emit(`LIFT is executed${how}`, withWriter(state, index, done(writer)));
}

/** A stray BEGIN, and its END, which may be executed in any order. */
export function straySteps(before: State, index: number, { rules }: Context, emit: Emit): void {
  const stray = before.strays[index];
  if (!stray) return;
  const nonce = before.nonce + 1;
  const withStray = (change: object, redis: State['redis']) => ({
    ...before,
    nonce,
    redis,
    strays: replaced(before.strays, index, { ...stray, ...change }),
  });
  if (!stray.isBegun) {
    const { redis } = begin(before.redis, stray.intent, nonce, rules);
    emit('a stray BEGIN is executed', withStray({ isBegun: true }, redis));
  }
  if (!stray.isEnded) {
    const { redis } = end(before.redis, stray.intent, nonce, rules);
    emit('the END of a stray BEGIN is executed', withStray({ isEnded: true }, redis));
  }
}

function acknowledged(state: State, index: number, writer: Writer): State {
  return withWriter(withAcknowledged(state, writer.value), index, done(writer));
}

function withWriter(state: State, index: number, writer: Writer): State {
  return { ...state, writers: replaced(state.writers, index, writer) };
}
