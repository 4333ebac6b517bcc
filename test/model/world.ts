import { withFloor } from './promise.js';
import { type Emit, emptyRedis, type Faults, isUnderWay, type Redis, replaced, type State } from './state.js';

/** Time. A step only where a lease, a LOOK or FILL under way, a wait or a pledge has a time to pass. */
export function tick(state: State, emit: Emit): void {
  if (state.left.ticks === 0 || !isTimed(state)) return;
  const now = state.now + 1;
  const due = state.pledges.filter(({ from }) => from <= now);
  const floor = Math.max(0, ...due.map(({ value }) => value));
  const replicas = state.replicas.map((replica) =>
    replica.lease !== null && replica.lease.until <= now ? { ...replica, lease: null } : replica,
  );
  emit('a tick passes', {
    ...spent(state, 'ticks'),
    now,
    replicas: withFloor(replicas, floor),
    pledges: due.length === 0 ? state.pledges : state.pledges.filter(({ from }) => from > now),
  });
}

function isTimed({ now, replicas, readers, writers, pledges }: State): boolean {
  return (
    pledges.length > 0 ||
    replicas.some(({ lease }) => lease !== null) ||
    writers.some(({ stage, waitsUntil }) => waitsUntil > now || stage === 'beginning') ||
    readers.some(({ stage }) => isUnderWay(stage))
  );
}

/** What goes wrong in Redis, and what others do to upstream. */
export function faultSteps(state: State, emit: Emit): void {
  const { redis, left } = state;
  if (left.flushes > 0) {
    emit('Redis loses everything', withRedis(spent(state, 'flushes'), emptyRedis(redis.server)));
  }
  if (left.evictions > 0 && redis.intents.length > 0) {
    emit('Redis evicts the intents', withRedis(spent(state, 'evictions'), { ...redis, intents: [] }));
  }
  if (left.failovers > 0) {
    if (state.backup === null) emit("Redis's replica falls behind", { ...state, backup: redis });
    const nonce = state.nonce + 1;
    const promoted = { ...(state.backup ?? redis), server: nonce };
    emit('Redis fails over', { ...spent(state, 'failovers'), nonce, redis: promoted, backup: null });
  }
  if (left.expiries > 0) {
    redis.intents.forEach((intent, index) => {
      if (intent.isExpired) return;
      const intents = replaced(redis.intents, index, { ...intent, isExpired: true });
      emit('an intent expires', withRedis(spent(state, 'expiries'), { ...redis, intents }));
    });
  }
  if (left.clockSteps > 0 && redis.intents.some(({ isExpired }) => isExpired)) {
    const intents = redis.intents.map(({ id }) => ({ id, isExpired: false }));
    emit("Redis's clock is set back", withRedis(spent(state, 'clockSteps'), { ...redis, intents }));
  }
  if (left.changesElsewhere > 0) {
    const upstream = state.upstream + 1;
    emit(`upstream is changed elsewhere: v${upstream}`, { ...spent(state, 'changesElsewhere'), upstream });
  }
}

function withRedis(state: State, redis: Redis): State {
  return { ...state, redis };
}

function spent(state: State, fault: keyof Faults): State {
  return { ...state, left: { ...state.left, [fault]: state.left[fault] - 1 } };
}
