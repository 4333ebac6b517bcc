import { expect, test } from '@jest/globals';
import { type Figures, overview, ratios, table } from './figures.js';

const figures = (target: string, rounds: [requests: number, cpuSeconds: number][]): Figures => ({
  scenario: 'a list',
  target,
  rounds: rounds.map(([requests, cpuSeconds]) => ({
    requests,
    cpuSeconds,
    seconds: 2,
    upstreamCalls: 0,
    redisCommands: null,
  })),
  atHalf: null,
  residentMib: 80,
});

test('takes ratios round by round, so that a slow round of the machine changes none', () => {
  const bare = figures('bare', [
    [200, 2],
    [100, 2],
    [300, 2],
  ]);
  const own = figures('own', [
    [100, 2],
    [50, 2],
    [180, 2],
  ]);
  expect(ratios(own, bare)).toEqual({ median: 0.5, least: 0.5, most: 0.6 });
});

test('marks a process that used less than 0.9 of its core', () => {
  const rows = table([figures('bare', [[200, 2]]), figures('own', [[100, 1.7]])], 'bare').split('\n');
  expect(rows.find((row) => row.includes('own'))).toContain('0.85 limited by the load');
  expect(rows.find((row) => row.includes('| bare'))).not.toContain('limited');
});

test('leaves out columns that no row has', () => {
  expect(table([figures('bare', [[200, 2]])], 'bare')).not.toContain('Redis');
});

test('shows a dash where a target is not in a scenario', () => {
  const all = [
    figures('bare', [[200, 2]]),
    figures('own', [[100, 2]]),
    { ...figures('bare', [[200, 2]]), scenario: 'a zone' },
  ];
  expect(overview(all, 'bare')).toMatch(/a zone .*\| +– \|/);
});
