import { withPledge } from './promise.js';
import { forget } from './redis.js';
import { type Rules } from './rules.js';
import { type Emit, type Forget, isUnderWay, type Replica, replaced, type State } from './state.js';

/**
 * Replica 0 was answered that the credential is refused: it drops its leases and copies, and sends FORGET. After the reply to
 * FORGET its reads get nothing older; in other replicas L after FORGET was executed. The refusal itself does not wait.
 */
export function forgetSteps(before: State, rules: Rules, emit: Emit): void {
  const { stage, value } = before.forget;
  const go = (what: string, state: State, next: Forget) => emit(what, { ...state, forget: next });
  if (stage === 'ready') {
    go('FORGET is sent', withoutLease(before, rules.forgetVoids), { stage: 'sent', value: before.upstream });
  }
  if (stage === 'sent') {
    const nonce = before.nonce + 1;
    const state = { ...before, nonce, redis: forget(before.redis, nonce) };
    go('FORGET is executed', withPledge(state, value), { stage: 'executed', value });
  }
  if (stage === 'executed') {
    // Rule `forgetDropsAtReply`: a LOOK that was sent after FORGET may have been executed before it.
    const state = rules.forgetDropsAtReply ? withoutLease(before, rules.forgetVoids) : before;
    const told = state.replicas[0] as Replica;
    const replicas = replaced(state.replicas, 0, { ...told, floor: Math.max(told.floor, value) });
    go('the reply to FORGET arrives', { ...state, replicas }, { stage: 'done', value: 0 });
  }
}

/** Rule `forgetVoids`: a LOOK or FILL that is under way grants nothing, because its reply may have the old epoch. */
function withoutLease(state: State, isVoid: boolean): State {
  const told = state.replicas[0] as Replica;
  return {
    ...state,
    replicas: replaced(state.replicas, 0, { ...told, copy: null, lease: null }),
    readers: state.readers.map((reader) =>
      reader.replica === 0 && isUnderWay(reader.stage) ? { ...reader, isVoid } : reader,
    ),
  };
}
