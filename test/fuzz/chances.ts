import { Random } from '../support/basics/random.js';

/** The numbers of one request. Each has its own, so that a request can be made again without those before it. */
export function randomOf(seed: number, index: number): Random {
  return new Random(Math.imul(index + 1, 0x9e3779b1) ^ seed);
}

/** True in so many cases of a hundred. */
export const chance = (random: Random, percent: number) => random.below(100) < percent;

/** One of the choices, each made only when it is chosen; a number is how often, beside the others. */
export function oneOf<T>(random: Random, choices: readonly (readonly [weight: number, make: () => T])[]): T {
  let left = random.below(choices.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of choices) {
    if (left < weight) return make();
    left -= weight;
  }
  throw new Error('There is nothing to choose from.');
}

/** From none to `most`, few more often than many. */
export const fewOf = (random: Random, most: number) => random.below(random.below(most + 1) + 1);

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export function bytesOf(random: Random, length: number): Buffer {
  return Buffer.from(times(length, () => random.below(256)));
}

/** Lower-case hex. */
export function hexOf(random: Random, digits: number): string {
  return times(digits, () => random.below(16).toString(16)).join('');
}

/** Lower-case letters, the first of them no digit of hex. */
export function lettersOf(random: Random, length: number): string {
  return times(length, (at) => (at === 0 ? 'x' : (10 + random.below(26)).toString(36))).join('');
}

/** Damages a text: takes away, doubles, replaces or puts in a piece. */
export function damaged(random: Random, text: string, pieces: readonly string[]): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(12));
  const [before, middle, after] = [text.slice(0, at), text.slice(at, end), text.slice(end)];
  return oneOf(random, [
    [2, () => before + after],
    [2, () => before + middle + middle + after],
    [2, () => before + random.of(pieces) + after],
    [2, () => before + random.of(pieces) + middle + after],
    [1, () => before],
    [1, () => before + after + middle],
  ]);
}
