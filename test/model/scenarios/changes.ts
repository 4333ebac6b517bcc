import {
  bounds,
  changes,
  changesOrIsUnknown,
  endsBehind,
  first,
  isUnknown,
  read,
  second,
  type Sized,
} from './sized.js';

/** Reads and changes, and what goes wrong between them. */
export const scenariosOfChanges = {
  'one change, two replicas': {
    takes: [
      'LOOK is executed: hit v0',
      'LOOK is executed: bypass',
      'FILL is executed: refused',
      'and grants nothing',
    ],
    small: bounds([first(read, read), second(read)], [changes], { ticks: 3 }, 27_000),
    full: bounds([first(read, read, read), second(read, read, read)], [changes], { ticks: 6 }, 130_000),
  },
  'one change, two readers in one replica': {
    takes: ['LOOK is executed: hit v0', 'FILL is executed: refused'],
    small: bounds([first(read, read), first(read)], [changes], { ticks: 3 }, 22_000),
    full: bounds([first(read, read), first(read, read), second(read)], [changes], { ticks: 4 }, 1_210_000),
  },
  'two changes, two replicas': {
    takes: ['LOOK is executed: hit v1', 'acknowledges v2'],
    small: bounds([first(read), second(read)], [changes, changes], { ticks: 3 }, 46_000),
    full: bounds([first(read, read, read), second(read, read)], [changes, changes], { ticks: 5 }, 680_000),
  },
  'Redis loses everything': {
    takes: ['Redis loses everything', 'its intent is gone; waits again'],
    small: bounds([first(read, read)], [changes], { ticks: 4, flushes: 1 }, 8000),
    full: bounds(
      [first(read, read), second(read)],
      [changes],
      { ticks: 5, flushes: 1, evictions: 1 },
      1_800_000,
    ),
  },
  'Redis evicts the intents': {
    takes: ['Redis evicts the intents', 'its intent is gone; waits again'],
    small: bounds([first(read, read)], [changes], { ticks: 4, evictions: 1 }, 5000),
    full: bounds([first(read, read)], [changes, changes], { ticks: 5, evictions: 2 }, 120_000),
  },
  'an intent expires': {
    takes: ['an intent expires', 'its intent is gone; waits again'],
    small: bounds([first(read, read)], [changes], { ticks: 4, expiries: 1 }, 5000),
    full: bounds([first(read, read)], [changes, changes], { ticks: 5, expiries: 2 }, 110_000),
  },
  'an intent expires, and the clock is set back': {
    takes: ["Redis's clock is set back"],
    small: bounds([first(read, read)], [changes], { ticks: 4, expiries: 1, clockSteps: 1 }, 6000),
    full: bounds(
      [first(read, read), second(read)],
      [changes],
      { ticks: 5, expiries: 1, clockSteps: 1 },
      400_000,
    ),
  },
  'a stray BEGIN, and Redis loses everything': {
    takes: ['a stray BEGIN is executed', 'the END of a stray BEGIN is executed'],
    small: bounds([first(read)], [changes], { ticks: 4, strays: 1, flushes: 1 }, 31_000),
    full: bounds([first(read, read)], [changes], { ticks: 5, strays: 2, flushes: 1 }, 610_000),
  },
  'an unknown outcome': {
    takes: ['the call has no answer', 'its change is made late', 'an intent expires'],
    small: bounds([first(read, read)], [isUnknown, changes], { ticks: 3, expiries: 1 }, 37_000),
    full: bounds([first(read, read)], [changesOrIsUnknown, changes], { ticks: 5, expiries: 2 }, 240_000),
  },
  'Redis fails over': {
    takes: ["Redis's replica falls behind", 'Redis fails over', 'waits again'],
    small: bounds([first(read)], [changes], { ticks: 4, failovers: 1, flushes: 1 }, 33_000),
    full: bounds([first(read, read)], [changes], { ticks: 5, failovers: 2, flushes: 1 }, 420_000),
  },
  'END in the background': {
    takes: ['END takes too long; acknowledges'],
    small: bounds([first(read, read)], [endsBehind, changes], { ticks: 4 }, 16_000),
    full: bounds([first(read, read), second(read)], [endsBehind, changes], { ticks: 4 }, 460_000),
  },
} satisfies Record<string, Sized>;
