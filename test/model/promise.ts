import { served } from './redis.js';
import { type Rules } from './rules.js';
import { isSame, readersTerm, type Replica, type State, type Value, writersTerm } from './state.js';

/*
 * The promise: a read that begins after a change was acknowledged never gets an older value, and a read that begins L after a
 * `no-cache` read was answered, or after FORGET, gets nothing older than that call was shown.
 *
 * `Replica.floor` is the oldest value that the promise allows to a read that begins now.
 */

export function withFloor(replicas: readonly Replica[], value: Value): readonly Replica[] {
  if (replicas.every(({ floor }) => floor >= value)) return replicas;
  return replicas.map((replica) => (replica.floor >= value ? replica : { ...replica, floor: value }));
}

/** From now on, no read may begin that gets what is older than `value`. */
export function withAcknowledged(state: State, value: Value): State {
  return { ...state, replicas: withFloor(state.replicas, value) };
}

/** The same, but L later: L equals W in the model. */
export function withPledge(state: State, value: Value): State {
  return { ...state, pledges: [...state.pledges, { value, from: state.now + writersTerm }] };
}

/**
 * How a read that begins in this state, or that began before and decides now, would break the promise; null if no read can. A hit
 * changes nothing, so it need not be a step: this holds for any number of them.
 */
export function staleRead(state: State, rules: Rules): string | null {
  return staleHit(state) ?? staleInRedis(state, rules) ?? staleJoin(state, rules);
}

/** A hit without a question to Redis: the read's begin, the check of the lease and the hit are one step. */
function staleHit({ replicas }: State): string | null {
  for (const { copy, lease, floor } of replicas) {
    if (copy === null || lease === null || copy.value >= floor || !isSame(copy.generation, lease.generation))
      continue;
    return `a read begins and hits a copy of v${copy.value} under a lease, where v${floor} is due`;
  }
  return null;
}

/** A hit in Redis. A LOOK that was sent earlier is allowed older values, so the worst one is sent and executed now. */
function staleInRedis({ redis, replicas }: State, rules: Rules): string | null {
  const entry = served(redis, rules);
  if (entry === null) return null;
  const stale = replicas.find(({ floor }) => entry.value < floor);
  return stale ? `a read begins and hits v${entry.value} in Redis, where v${stale.floor} is due` : null;
}

/**
 * A read joins what another read of its replica has under way, and gets its value although it began later, in the worst case
 * now. A read that waits because its own LOOK said `wait` needs no lease: if LOOK names the generation of the turn, a FILL that
 * is executed at that moment is accepted, and `staleInRedis` holds for its value.
 */
function staleJoin({ now, readers, replicas }: State, rules: Rules): string | null {
  for (const { replica, stage, sentAt, generation, value, isVoid } of readers) {
    const { floor, lease } = replicas[replica] as Replica;
    if (value < 0 || value >= floor || generation === null) continue;
    const isLook = stage === 'answered';
    const isValid = isLook
      ? !isVoid && (now < sentAt + readersTerm(rules) || !rules.joinedLookNeedsLease)
      : !rules.joinedFlightNeedsLease || (lease !== null && isSame(lease.generation, generation));
    if (!isValid) continue;
    return `a read that joined ${isLook ? 'a LOOK' : 'a fetch'} gets v${value}, where v${floor} is due`;
  }
  return null;
}
