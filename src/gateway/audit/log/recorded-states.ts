import { type RecordedStates, type State, type States, type StatesAlike } from '../record/event.js';

/** Up to so many are recorded by name: PostgreSQL parses the record for every generated column, so a longer one takes too long. */
const mostByName = 200;
const mostDifferent = 250;

/** Many states are grouped: each state once, with its names. Beyond `mostDifferent` states, only the names are recorded. */
export function recordedStates(states: States | null): RecordedStates | null {
  const all = Object.entries(states ?? {});
  if (all.length <= mostByName) return states;
  const alike = [...Map.groupBy(all, ([, state]) => JSON.stringify(state)).values()];
  const groups = alike.map((group): StatesAlike => ({ ...group[0]?.[1], of: group.map(([name]) => name) }));
  const unsaid = groups.slice(mostDifferent).flatMap(({ of }) => of);
  return unsaid.length > 0 ? [...groups.slice(0, mostDifferent), { of: unsaid }] : groups;
}

/** Undoes the grouping. */
export function statesIn(recorded: RecordedStates | null): States | null {
  if (!(recorded instanceof Array)) return recorded;
  return Object.fromEntries(
    recorded.flatMap(({ of, ...state }) => of.map((name): [string, State] => [name, state])),
  );
}
