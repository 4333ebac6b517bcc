import { type Emit, type State } from './state.js';

/** The script was executed, but the process does not learn it, and sends it again. */
export function loseReply(state: State, script: string, emit: Emit): void {
  if (state.left.lostReplies === 0) return;
  const left = { ...state.left, lostReplies: state.left.lostReplies - 1 };
  emit(`${script} is executed, and its reply is lost`, { ...state, left });
}
