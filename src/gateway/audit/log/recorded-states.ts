import { type RecordedStates, type State, type States, type StatesAlike } from '../record/event.js';

/** Up to so many stand by their names. A record of more would take PostgreSQL, which reads it for every column, too long. */
const mostByName = 200;
const mostDifferent = 250;

/** The states of many things in fewer words: one for all that are alike, with their names. Of too many different ones, the names alone. */
export function recordedStates(states: States | null): RecordedStates | null {
  const all = Object.entries(states ?? {});
  if (all.length <= mostByName) return states;
  const alike = [...Map.groupBy(all, ([, state]) => JSON.stringify(state)).values()];
  const groups = alike.map((group): StatesAlike => ({ ...group[0]?.[1], of: group.map(([name]) => name) }));
  const unsaid = groups.slice(mostDifferent).flatMap(({ of }) => of);
  return unsaid.length > 0 ? [...groups.slice(0, mostDifferent), { of: unsaid }] : groups;
}

/** The same by name again. */
export function statesIn(recorded: RecordedStates | null): States | null {
  if (!isAlike(recorded)) return recorded;
  return Object.fromEntries(
    recorded.flatMap(({ of, ...state }) => of.map((name): [string, State] => [name, state])),
  );
}

function isAlike(recorded: RecordedStates | null): recorded is readonly StatesAlike[] {
  return Array.isArray(recorded);
}
