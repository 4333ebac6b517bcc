import { expect, test } from '@jest/globals';
import { median, quantile } from './quantile.js';

test('finds the value that a fraction of the values does not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.99, 1].map((part) => quantile(values, part))).toEqual([50, 99, 100]);
});

test('takes the middle of an even number of values for their median', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('refuses to summarize nothing', () => {
  expect(() => quantile([], 0.5)).toThrow('no values');
  expect(() => median([])).toThrow('no values');
});
