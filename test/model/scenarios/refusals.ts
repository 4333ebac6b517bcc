import {
  bounds,
  changes,
  changesOrIsRefused,
  changesOrIsUnknown,
  confirm,
  isRefused,
  noCache,
  read,
  type Sized,
} from './sized.js';

/** Refused changes, refused credentials, and reads with `no-cache`. */
export const scenariosOfRefusals = {
  'refused changes': {
    takes: ['LIFT is executed: the generation is restored', 'LIFT is executed: the generation stays'],
    small: bounds([[0, read, read]], [changesOrIsRefused, changesOrIsRefused], { ticks: 3 }, 13_000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [changesOrIsRefused, changesOrIsRefused],
      { ticks: 4 },
      100_000,
    ),
  },
  'two refused changes and one that is made': {
    takes: ['LIFT is executed: the generation is restored', 'LIFT is executed: the generation stays'],
    small: bounds([[0, read]], [isRefused, isRefused, changes], { ticks: 3 }, 46_000),
    full: bounds(
      [
        [0, read, read],
        [1, read],
      ],
      [isRefused, isRefused, changes],
      { ticks: 4 },
      100_000,
    ),
  },
  'a refused change, an expired intent and a lost reply': {
    takes: ['LIFT is executed, and its reply is lost', 'an intent expires'],
    small: bounds([[0, read, read]], [isRefused, changes], { ticks: 2, expiries: 1, lostReplies: 1 }, 57_000),
    full: bounds(
      [[0, read, read]],
      [isRefused, changesOrIsUnknown],
      { ticks: 4, expiries: 2, clockSteps: 1, strays: 1, lostReplies: 1 },
      100_000,
    ),
  },
  'a refused change, and Redis fails over': {
    takes: ['Redis fails over', 'LIFT is executed: the generation is restored'],
    small: bounds([[0, read]], [isRefused, changes], { ticks: 2, failovers: 1 }, 30_000),
    full: bounds(
      [[0, read, read]],
      [isRefused, changes],
      { ticks: 4, failovers: 1, flushes: 1, lostReplies: 1 },
      100_000,
    ),
  },
  'a no-cache read': {
    takes: ['sends CONFIRM', 'sends LOOK, no-cache', 'upstream is changed elsewhere: v1'],
    small: bounds(
      [
        [0, read, confirm],
        [1, noCache],
      ],
      [],
      { ticks: 4, changesElsewhere: 1 },
      25_000,
    ),
    full: bounds(
      [
        [0, read, confirm, read],
        [1, noCache, noCache],
      ],
      [],
      { ticks: 5, changesElsewhere: 2 },
      100_000,
    ),
  },
  'a no-cache read beside a refused change': {
    takes: ['LIFT is executed: the generation is restored', 'FILL is executed: nothing is stored'],
    small: bounds(
      [
        [0, read],
        [1, noCache],
      ],
      [isRefused],
      { ticks: 2, changesElsewhere: 1 },
      30_000,
    ),
    full: bounds(
      [
        [0, read, confirm],
        [1, noCache],
      ],
      [isRefused, isRefused],
      { ticks: 3, changesElsewhere: 1, lostReplies: 1 },
      100_000,
    ),
  },
  'a no-cache read beside a change': {
    takes: ['acknowledges v1', 'FILL is executed: nothing is stored'],
    small: bounds(
      [
        [0, read],
        [1, noCache],
      ],
      [changes],
      { ticks: 2, changesElsewhere: 1 },
      50_000,
    ),
    full: bounds(
      [
        [0, read, confirm],
        [1, noCache],
      ],
      [changes],
      { ticks: 4, changesElsewhere: 1, flushes: 1 },
      100_000,
    ),
  },
  'two no-cache reads and a lost reply': {
    takes: ['FILL is executed, and its reply is lost', 'FILL is executed: nothing is stored'],
    small: bounds(
      [
        [0, noCache],
        [1, noCache],
      ],
      [],
      { ticks: 2, changesElsewhere: 1, lostReplies: 1 },
      10_000,
    ),
    full: bounds(
      [
        [0, noCache, read],
        [1, noCache],
        [1, read],
      ],
      [],
      { ticks: 3, changesElsewhere: 1, lostReplies: 1 },
      100_000,
    ),
  },
  'a refused credential': {
    takes: ['sends FORGET', 'FORGET is executed', 'the reply to FORGET arrives'],
    forgets: true,
    small: bounds(
      [
        [0, read],
        [1, read],
      ],
      [],
      { ticks: 2, changesElsewhere: 1 },
      50_000,
    ),
    full: bounds(
      [
        [0, read, read],
        [1, read, confirm],
      ],
      [],
      { ticks: 3, changesElsewhere: 1 },
      100_000,
    ),
  },
} satisfies Record<string, Sized>;
