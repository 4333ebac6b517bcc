import { forgetSteps } from './forget.js';
import { keyOf } from './key.js';
import { staleRead } from './promise.js';
import { readerSteps } from './readers.js';
import { type Rules } from './rules.js';
import { type Emit, initialState, type Scenario, type State } from './state.js';
import { faultSteps, tick } from './world.js';
import { straySteps, writerSteps } from './writers.js';

export interface Found {
  /** Different states that were explored. */
  readonly states: number;
  /** The steps of the longest of all shortest ways to a state. */
  readonly depth: number;
  /** The steps that led to a new state. */
  readonly steps: ReadonlySet<string>;
  /** A shortest way to a stale read: its steps, and the read; null if there is none. */
  readonly trace: readonly string[] | null;
}

/** Explores every interleaving, breadth first, so that the first stale read that is found has a shortest trace. */
export function explore(scenario: Scenario, rules: Rules): Found {
  const seen = new Set<string>();
  /** By state: the one that it was reached from, and which of its steps led there. */
  const parents: number[] = [];
  const ordinals: number[] = [];
  let next: State[] = [];
  const taken = new Set<string>();
  let stale: string | null = null;

  const visit = (state: State, parent: number, ordinal: number) => {
    const size = seen.size;
    seen.add(keyOf(state));
    if (seen.size === size) return false;
    next.push(state);
    parents.push(parent);
    ordinals.push(ordinal);
    stale = staleRead(state, rules);
    return true;
  };

  visit(initialState(scenario), -1, 0);
  let first = 0;
  let depth = 0;
  while (next.length > 0) {
    const level = next;
    next = [];
    for (const [index, state] of level.entries()) {
      let ordinal = 0;
      steps(state, rules, (step, follower) => {
        if (stale === null && visit(follower, first + index, ordinal++)) taken.add(step);
      });
      if (stale === null) continue;
      const trace = [...wayTo(scenario, rules, parents, ordinals), stale];
      return { states: seen.size, depth, steps: taken, trace };
    }
    first += level.length;
    if (next.length > 0) depth++;
  }
  return { states: seen.size, depth, steps: taken, trace: null };
}

/** All that may happen next. */
function steps(state: State, rules: Rules, emit: Emit): void {
  for (let index = 0; index < state.readers.length; index++) readerSteps(state, index, rules, emit);
  for (let index = 0; index < state.writers.length; index++) writerSteps(state, index, rules, emit);
  for (let index = 0; index < state.strays.length; index++) straySteps(state, index, rules, emit);
  forgetSteps(state, rules, emit);
  faultSteps(state, emit);
  tick(state, emit);
}

/** Takes the steps to the last state again, since states are not kept. */
function wayTo(
  scenario: Scenario,
  rules: Rules,
  parents: readonly number[],
  ordinals: readonly number[],
): string[] {
  const way: number[] = [];
  for (let state = parents.length - 1; state > 0; state = parents[state] ?? 0) way.push(ordinals[state] ?? 0);
  const trace: string[] = [];
  let state = initialState(scenario);
  for (const wanted of way.reverse()) {
    let ordinal = 0;
    let follower = state;
    steps(state, rules, (step, next) => {
      if (ordinal++ !== wanted) return;
      trace.push(step);
      follower = next;
    });
    state = follower;
  }
  return trace;
}
