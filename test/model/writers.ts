import { loseReply } from './lost.js';
import { withAcknowledged } from './promise.js';
import { begin, end, lift } from './redis.js';
import { type Rules } from './rules.js';
import {
  type Emit,
  type Name,
  notBegun,
  type Redis,
  replaced,
  type State,
  type Stray,
  type Writer,
  writersTerm,
} from './state.js';

/** Emits a step of one writer: `state`, with `writer` in its place. */
type Go = (what: string, state: State, writer: Writer) => void;

/** The steps of writer `index`, which makes one change. Processes may be slow: each step is taken at any time, or never. */
export function writerSteps(before: State, index: number, rules: Rules, emit: Emit): void {
  const writer = before.writers[index] as Writer;
  const go: Go = (what, state, next) =>
    emit(`writer ${index + 1}: ${what}`, { ...state, writers: replaced(state.writers, index, next) });
  switch (writer.stage) {
    case 'ready':
      return go('sends BEGIN', before, { ...writer, stage: 'beginning', waitsUntil: sendOf(before, rules) });
    case 'beginning':
      executeBegin(before, writer, intentOf(before, index, rules), rules, go);
      return loseBegin(before, writer, intentOf(before, index, rules), rules, go);
    case 'calling':
      return callUpstream(before, writer, go);
    case 'applied':
      if (before.now < writer.waitsUntil) return;
      if (writer.outcomes.includes('applied')) executeEnd(before, writer, rules, go);
      if (writer.outcomes.includes('behind')) acknowledgeBeforeEnd(before, writer, go);
      return;
    case 'refused':
      return executeLift(before, writer, rules, go);
    case 'unknown':
      // Nothing is acknowledged. The fence stays until the intent expires.
      return go('its change is made late', { ...before, upstream: before.upstream + 1 }, done(writer));
    case 'waiting':
      if (before.now >= writer.waitsUntil) {
        go('acknowledges', withAcknowledged(before, writer.value), done(writer));
      }
      return;
    case 'behind':
      return executeEndBehind(before, writer, rules, go);
    case 'done':
  }
}

/** Rule `intentPerAttempt`. Without it all attempts of a writer have the same intent. */
function intentOf(state: State, index: number, rules: Rules): Name {
  return rules.intentPerAttempt ? state.nonce + 1 : -1 - index;
}

/** Rule `writerWaitsFromReply`. Without it the writer has to know when it sent BEGIN. */
function sendOf({ now }: State, rules: Rules): number {
  return rules.writerWaitsFromReply ? 0 : now;
}

/** The reply may arrive at once. A later one only delays what follows. */
function executeBegin(before: State, writer: Writer, intent: Name, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { redis, given, found } = begin(before.redis, intent, nonce, rules);
  // Rule `writerWaitsFromReply`: a LOOK that was sent after BEGIN may have been executed before it.
  const waitsFrom = rules.writerWaitsFromReply ? before.now : writer.waitsUntil;
  go(
    'BEGIN is executed, and its reply arrives',
    { ...before, redis, nonce },
    {
      ...writer,
      stage: 'calling',
      intent,
      server: redis.server,
      // Rule `writerWaits`: after W no lease is left that was granted before BEGIN.
      waitsUntil: waitsFrom + (rules.writerWaits ? writersTerm : 0),
      // LIFT alone has them as arguments.
      ...(writer.outcomes.includes('refused') && { given, found }),
    },
  );
}

/** The BEGIN may be executed later, or never. Its writer goes on with another one. */
function loseBegin(before: State, writer: Writer, intent: Name, rules: Rules, go: Go): void {
  if (before.left.strays === 0) return;
  const strays = [...before.strays, { intent, isBegun: false, isEnded: false }];
  const left = { ...before.left, strays: before.left.strays - 1 };
  const state = { ...before, nonce: before.nonce + 1, left, strays };
  go('has no reply to BEGIN, and sends another', state, { ...writer, waitsUntil: sendOf(state, rules) });
}

function callUpstream(before: State, writer: Writer, go: Go): void {
  const { outcomes } = writer;
  if (outcomes.includes('applied') || outcomes.includes('behind')) {
    const value = before.upstream + 1;
    const next: Writer = { ...writer, stage: 'applied', value, given: 0, found: 0 };
    go(`upstream makes the change: v${value}`, { ...before, upstream: value }, next);
  }
  if (outcomes.includes('refused')) {
    go('upstream refuses the credential', before, { ...writer, stage: 'refused', server: 0, waitsUntil: 0 });
  }
  if (outcomes.includes('unknown'))
    go('the call has no answer', before, { ...done(writer), stage: 'unknown' });
}

function executeEnd(before: State, writer: Writer, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { redis, isHeld } = end(before.redis, writer.intent, nonce, rules);
  const state = { ...before, redis, nonce };
  loseReply(state, 'END', (what, next) => go(what, next, writer));
  // Rule `writerHeedsHeld`: leases may have been granted while the intent was lost.
  // Rule `writerHeedsServer`: this server has the intent, but the one of BEGIN may have lost it, and granted leases.
  const { value } = writer;
  const waits =
    (rules.writerHeedsHeld && !isHeld) || (rules.writerHeedsServer && redis.server !== writer.server);
  const what = isHeld ? 'END is executed' : 'END is executed, its intent is gone';
  if (!waits) return go(`${what}; acknowledges v${value}`, withAcknowledged(state, value), done(writer));
  const waitsUntil = state.now + writersTerm;
  go(`${what}; waits again`, state, { ...done(writer), stage: 'waiting', waitsUntil, value });
}

/**
 * The intent, if it is not lost, keeps reads from the cache until END. That Redis loses it before END is an accepted gap, so no
 * scenario has both.
 */
function acknowledgeBeforeEnd(before: State, writer: Writer, go: Go): void {
  const next: Writer = { ...done(writer), stage: 'behind', intent: writer.intent };
  go('END takes too long; acknowledges', withAcknowledged(before, writer.value), next);
}

function executeEndBehind(before: State, writer: Writer, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { redis } = end(before.redis, writer.intent, nonce, rules);
  go('END is executed', { ...before, redis, nonce }, done(writer));
}

/** Does not wait: nothing was changed, and nothing is acknowledged. */
function executeLift(before: State, writer: Writer, rules: Rules, go: Go): void {
  const nonce = before.nonce + 1;
  const { intent, given, found } = writer;
  const { redis, did } = lift(before.redis, intent, given, found, nonce, rules);
  const state = { ...before, redis, nonce };
  loseReply(state, 'LIFT', (what, next) => go(what, next, writer));
  go(`LIFT is executed: the generation ${did}`, state, done(writer));
}

/** A stray BEGIN and its END, which are executed in any order, or never. */
export function straySteps(before: State, index: number, rules: Rules, emit: Emit): void {
  const stray = before.strays[index] as Stray;
  const nonce = before.nonce + 1;
  const go = (what: string, redis: Redis, next: Stray) =>
    emit(what, { ...before, redis, nonce, strays: replaced(before.strays, index, next) });
  if (!stray.isBegun) {
    const { redis } = begin(before.redis, stray.intent, nonce, rules);
    go('a stray BEGIN is executed', redis, { ...stray, isBegun: true });
  }
  if (!stray.isEnded) {
    const { redis } = end(before.redis, stray.intent, nonce, rules);
    go('the END of a stray BEGIN is executed', redis, { ...stray, isEnded: true });
  }
}

/** The rest has no effect any more. */
function done({ outcomes }: Writer): Writer {
  return { ...notBegun, outcomes, stage: 'done' };
}
