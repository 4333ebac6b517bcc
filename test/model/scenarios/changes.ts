import {
  bounds,
  changes,
  changesOrIsRefused,
  changesOrIsUnknown,
  confirm,
  endsBehind,
  read,
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
    small: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes],
      { ticks: 4 },
      54_000,
    ),
    full: bounds(
      [
        [0, read, read],
        [1, read, read, read],
      ],
      [changes],
      { ticks: 6 },
      100_000,
    ),
  },
  'one change, two readers in one replica': {
    takes: ['LOOK is executed: hit v0', 'FILL is executed: refused'],
    small: bounds(
      [
        [0, read, read],
        [0, read],
      ],
      [changes],
      { ticks: 3 },
      25_000,
    ),
    full: bounds(
      [
        [0, read, read],
        [0, read, read],
        [1, read],
      ],
      [changes],
      { ticks: 4 },
      100_000,
    ),
  },
  'two changes, two replicas': {
    takes: ['LOOK is executed: hit v1', 'acknowledges v2'],
    small: bounds(
      [
        [0, read],
        [1, read],
      ],
      [changes, changes],
      { ticks: 3 },
      30_000,
    ),
    full: bounds(
      [
        [0, read, read],
        [1, read, read],
      ],
      [changes, changes],
      { ticks: 5 },
      100_000,
    ),
  },
  'Redis loses everything': {
    takes: ['Redis loses everything', 'its intent is gone; waits again'],
    small: bounds([[0, read, read]], [changes], { ticks: 4, flushes: 1 }, 9000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes, changes],
      { ticks: 4, flushes: 1, evictions: 1 },
      100_000,
    ),
  },
  'Redis evicts the intents': {
    takes: ['Redis evicts the intents', 'its intent is gone; waits again'],
    small: bounds([[0, read, read]], [changes], { ticks: 4, evictions: 1 }, 5000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes],
      { ticks: 5, evictions: 2 },
      100_000,
    ),
  },
  'an intent expires': {
    takes: ['an intent expires', 'its intent is gone; waits again'],
    small: bounds([[0, read, read]], [changes], { ticks: 4, expiries: 1 }, 3000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes, changes],
      { ticks: 4, expiries: 2 },
      100_000,
    ),
  },
  'an intent expires, and the clock is set back': {
    takes: ["Redis's clock is set back"],
    small: bounds([[0, read, read]], [changes], { ticks: 4, expiries: 1, clockSteps: 1 }, 6000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes, changes],
      { ticks: 3, expiries: 2, clockSteps: 2 },
      100_000,
    ),
  },
  'a stray BEGIN, and Redis loses everything': {
    takes: ['a stray BEGIN is executed', 'the END of a stray BEGIN is executed'],
    small: bounds([[0, read, read]], [changes], { ticks: 3, strays: 1, flushes: 1 }, 50_000),
    full: bounds(
      [[0, read, read]],
      [changes, changes],
      { ticks: 4, strays: 2, flushes: 1, lostReplies: 1 },
      100_000,
    ),
  },
  'an unknown outcome': {
    takes: ['the call has no answer', 'its change is made late', 'an intent expires'],
    small: bounds([[0, read, read]], [changesOrIsUnknown, changes], { ticks: 3, expiries: 1 }, 70_000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changesOrIsUnknown, changes],
      { ticks: 4, expiries: 1, strays: 1 },
      100_000,
    ),
  },
  'Redis fails over': {
    takes: ["Redis's replica falls behind", 'Redis fails over', 'waits again'],
    small: bounds([[0, read, read]], [changes], { ticks: 3, failovers: 1, flushes: 1 }, 60_000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changes],
      { ticks: 4, failovers: 2, flushes: 1 },
      100_000,
    ),
  },
  'END in the background': {
    takes: ['END takes too long; acknowledges'],
    small: bounds([[0, read, read]], [endsBehind, changes], { ticks: 4 }, 20_000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [endsBehind, changesOrIsRefused],
      { ticks: 4, strays: 1 },
      100_000,
    ),
  },
} satisfies Record<string, Sized>;
