import {
  bounds,
  changes,
  changesOrIsRefused,
  confirm,
  first,
  isRefused,
  noCache,
  read,
  second,
  type Sized,
} from './sized.js';

/** Refused changes, refused credentials, and reads with `no-cache`. */
export const scenariosOfRefusals = {
  'refused changes': {
    takes: ['LIFT is executed: the generation is restored', 'LIFT is executed: the generation stays'],
    small: bounds([first(read, read)], [changesOrIsRefused, changesOrIsRefused], { ticks: 3 }, 11_000),
    full: bounds(
      [first(read, read), second(read)],
      [changesOrIsRefused, changesOrIsRefused],
      { ticks: 4 },
      480_000,
    ),
  },
  'two refused changes and one that is made': {
    takes: ['LIFT is executed: the generation is restored', 'LIFT is executed: the generation stays'],
    small: bounds([first(read)], [isRefused, isRefused, changes], { ticks: 2 }, 16_000),
    full: bounds([first(read, read)], [isRefused, isRefused, changes], { ticks: 4 }, 86_000),
  },
  'a refused change, an expired intent and a lost reply': {
    takes: ['LIFT is executed, and its reply is lost', 'an intent expires'],
    small: bounds([first(read)], [isRefused, changes], { ticks: 3, expiries: 1, lostReplies: 1 }, 40_000),
    full: bounds(
      [first(read, read)],
      [isRefused, changes],
      { ticks: 4, expiries: 1, clockSteps: 1, lostReplies: 1 },
      190_000,
    ),
  },
  'a refused change, and Redis fails over': {
    takes: ['Redis fails over', 'LIFT is executed: the generation is restored'],
    small: bounds([first(read)], [isRefused, changes], { ticks: 2, failovers: 1 }, 41_000),
    full: bounds(
      [first(read, read)],
      [isRefused, changes],
      { ticks: 4, failovers: 1, lostReplies: 1 },
      620_000,
    ),
  },
  'a no-cache read': {
    takes: ['sends CONFIRM', 'sends LOOK, no-cache', 'upstream is changed elsewhere: v1'],
    small: bounds([first(read, confirm), second(noCache)], [], { ticks: 4, changesElsewhere: 1 }, 25_000),
    full: bounds(
      [first(read, confirm, read), second(noCache, noCache)],
      [],
      { ticks: 5, changesElsewhere: 2 },
      480_000,
    ),
  },
  'a no-cache read beside a refused change': {
    takes: ['LIFT is executed: the generation is restored', 'FILL is executed: nothing is stored'],
    small: bounds([first(read), second(noCache)], [isRefused], { ticks: 2, changesElsewhere: 1 }, 34_000),
    full: bounds(
      [first(read, confirm), second(noCache)],
      [isRefused],
      { ticks: 4, changesElsewhere: 1, lostReplies: 1 },
      520_000,
    ),
  },
  'a no-cache read beside a change': {
    takes: ['acknowledges v1', 'FILL is executed: nothing is stored'],
    small: bounds([first(read), second(noCache)], [changes], { ticks: 2, changesElsewhere: 1 }, 48_000),
    full: bounds([first(read, read), second(noCache)], [changes], { ticks: 4, changesElsewhere: 1 }, 290_000),
  },
  'two no-cache reads and a lost reply': {
    takes: ['FILL is executed, and its reply is lost', 'FILL is executed: nothing is stored'],
    small: bounds(
      [first(noCache), second(noCache)],
      [],
      { ticks: 2, changesElsewhere: 1, lostReplies: 1 },
      6000,
    ),
    full: bounds(
      [first(noCache, read), second(noCache), second(read)],
      [],
      { ticks: 3, changesElsewhere: 1, lostReplies: 1 },
      3_950_000,
    ),
  },
  'a refused credential': {
    takes: ['FORGET is sent', 'FORGET is executed', 'the reply to FORGET arrives'],
    forgets: true,
    small: bounds([first(read), second(read)], [], { ticks: 2, changesElsewhere: 1 }, 83_000),
    full: bounds([first(read, read), second(read)], [], { ticks: 3, changesElsewhere: 1 }, 340_000),
  },
} satisfies Record<string, Sized>;
