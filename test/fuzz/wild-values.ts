import { type Random } from '../support/basics/random.js';
import { oneOf, times } from './chances.js';

/** Stands for a text that JSON.stringify would not write: it is put in afterwards. */
const raw = (text: string) => `@raw:${Buffer.from(text).toString('hex')}@`;

export function withRaw(json: string): string {
  return json.replace(/"@raw:([0-9a-f]*)@"/g, (_, hex: string) => Buffer.from(hex, 'hex').toString());
}

const numbers = ['1e999', '-1e999', '1e-999', '-0', '0.1e1', '9007199254740993', '99999999999999999999'];
const notNumbers = ['NaN', 'Infinity', '01', '+1', '.5', '1.', '0x10', 'undefined', "'x'", '1'.repeat(2000)];

export const prototypeNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then'];

export const texts = [
  '',
  ' ',
  'x',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e',
  '\u2028',
  'é',
  'e\u0301',
  '\u{1f4a9}',
  '\r\n',
  '../..',
  '%00',
  '${7*7}',
  '{{7*7}}',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  'true',
  'null',
  '0',
  '-1',
  '[object Object]',
  ...prototypeNames,
];

/** A value that belongs nowhere: of another type, far too large, or with a meaning to the language. */
export function wildValue(random: Random, secrets: readonly string[] = []): unknown {
  return oneOf<unknown>(random, [
    [6, () => random.of([null, true, false, 0, -1, 1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 0.5])],
    [5, () => raw(random.of([...numbers, ...notNumbers]))],
    [8, () => random.of(texts)],
    [3, () => random.of([[], {}, [[]], [null], [{}], { '': '' }])],
    [2, () => ({ [random.of(prototypeNames)]: { enabled: true, zoneId: 'x' } })],
    [2, () => nested(random, random.of([3, 16, 17, 40, 300, 3000]))],
    [2, () => random.of(texts.filter(Boolean)).repeat(random.of([10, 300, 3000]))],
    [1, () => times(random.of([10, 101, 1001]), (index) => index)],
    [1, () => Object.fromEntries(times(random.of([10, 500]), (index) => [`k${index}`, index]))],
    [secrets.length > 0 ? 3 : 0, () => random.of(secrets)],
  ]);
}

/** Written as text: JSON.stringify would not come to the end of it. */
function nested(random: Random, depth: number): string {
  return random.of([
    raw('['.repeat(depth) + ']'.repeat(depth)),
    raw('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
    raw('['.repeat(depth)),
  ]);
}
