import { describe, expect, it } from '@jest/globals';
import { daysAgo, timeOf } from './times.js';

describe('Times on the command line', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31t10:00:00.1234z', '2026-01-31T10:00:00.123Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
    ['2026-02-30', null],
    ['2026-02-29T10:00:00Z', null],
    ['2026-13-01', null],
    ['2026-01-31T25:00:00Z', null],
    ['2026-01-31T10:00:00', null],
    ['31.1.2026', null],
    ['yesterday', null],
    ['', null],
  ])('timeOf reads %j as %j', (text, time) => expect(timeOf(text)).toBe(time));

  it.each([
    ['400d', '2024-11-26T12:00:00.000Z'],
    ['0d', '2025-12-31T12:00:00.000Z'],
    ['400', null],
    ['-1d', null],
    ['1.5d', null],
    ['999999d', null],
    ['4w', null],
  ])('daysAgo reads %j as %j', (text, time) => expect(daysAgo(text, Date.UTC(2025, 11, 31, 12))).toBe(time));
});
