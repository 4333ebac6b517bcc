import { type Random } from '../support/basics/random.js';
import { bytesOf, chance, damaged, fewOf, oneOf } from './chances.js';
import { prototypeNames, wildValue, withRaw } from './wild-values.js';

/** The bytes of a body that is this value, or was before it was changed and damaged. */
export function bodyOf(random: Random, valid: unknown, secrets: readonly string[]): Buffer {
  const written = () => Buffer.from(JSON.stringify(valid));
  return oneOf(random, [
    [30, written],
    [35, () => Buffer.from(textOf(changed(random, valid, secrets)))],
    [20, () => damagedBytes(random, textOf(chance(random, 50) ? valid : changed(random, valid, secrets)))],
    [4, () => Buffer.from(textOf(wildValue(random, secrets)))],
    [4, () => Buffer.from(twice(random, JSON.stringify(valid)))],
    [3, () => bytesOf(random, random.below(300))],
    [2, () => Buffer.alloc(0)],
    [1, () => Buffer.from(JSON.stringify(valid) + ' '.repeat(random.of([16, 64, 128]) * 1024))],
    [1, () => Buffer.from(`"${'x'.repeat(random.of([16, 64, 128]) * 1024)}"`)],
  ]);
}

function textOf(value: unknown): string {
  return withRaw(JSON.stringify(value) ?? '');
}

/** Changes one to three members, at any depth. */
export function changed(random: Random, valid: unknown, secrets: readonly string[]): unknown {
  let value = structuredClone(valid);
  for (let left = 1 + fewOf(random, 3); left > 0; left--) value = changedAt(random, value, secrets);
  return value;
}

function changedAt(random: Random, value: unknown, secrets: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || chance(random, 15)) return wildValue(random, secrets);
  if (Array.isArray(value)) return changedArray(random, value, secrets);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name = 'x', member] = entries[at] ?? [];
  const others = entries.filter(([other]) => other !== name);
  const with_ = (...more: [string, unknown][]) => Object.fromEntries([...others, ...more]);
  return oneOf(random, [
    [6, () => with_([name, changedAt(random, member, secrets)])],
    [2, () => with_()],
    [2, () => with_([name, member], [random.of([...prototypeNames, '', 'x', '\ud800']), wildValue(random)])],
    [2, () => with_([name.toUpperCase(), member])],
    [1, () => with_([`${name}\0`, member])],
    [1, () => entries],
    [1, () => [value]],
    [secrets.length > 0 ? 1 : 0, () => with_([random.of(secrets), member])],
  ]);
}

function changedArray(random: Random, value: readonly unknown[], secrets: readonly string[]): unknown {
  const at = random.below(value.length || 1);
  return oneOf<unknown>(random, [
    [value.length > 0 ? 4 : 0, () => value.with(at, changedAt(random, value[at], secrets))],
    [1, () => []],
    [1, () => ({ ...value })],
    [1, () => Array<unknown>(random.of([2, 30, 200])).fill(value[at] ?? null)],
    [1, () => [...value, wildValue(random, secrets)]],
  ]);
}

/** The first member again, with another value before or behind it. */
function twice(random: Random, text: string): string {
  const name = /^\{("[^"]*"):/.exec(text)?.[1];
  if (name === undefined) return `${text}${text}`;
  return chance(random, 50) ? `{${name}:null,${text.slice(1)}` : `${text.slice(0, -1)},${name}:true}`;
}

const pieces = [
  '\0',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\\u',
  '\\ud800',
  '/*',
  '//',
  '\ufeff',
  '\t',
  'null',
];

function damagedBytes(random: Random, text: string): Buffer {
  return oneOf(random, [
    [5, () => Buffer.from(damaged(random, text, pieces))],
    [2, () => Buffer.from(text).subarray(0, random.below(text.length + 1))],
    [1, () => Buffer.from(`\ufeff${text}`)],
    [1, () => Buffer.from(text, 'utf16le')],
    [1, () => Buffer.from(`${text}${random.of([' ', '\0', '}', 'x', text, '\n\n'])}`)],
    [1, () => Buffer.from(text.replaceAll('"', "'"))],
    [1, () => Buffer.from(text.replace(/[a-z]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`))],
    [3, () => withBytes(random, Buffer.from(text))],
  ]);
}

/** Bytes that are no UTF-8. */
function withBytes(random: Random, body: Buffer): Buffer {
  const at = random.below(body.length + 1);
  const wrong = random.of(['ff', 'c0ae', 'c3', 'eda080', 'f4908080', 'f8808080ae', 'fffe']);
  return Buffer.concat([body.subarray(0, at), Buffer.from(wrong, 'hex'), body.subarray(at)]);
}
