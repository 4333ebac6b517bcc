import { describe, expect, it } from '@jest/globals';
import { mostCallers, Windows } from './windows.js';

function aWindow(most: number) {
  let now = 0;
  const windows = new Windows(most, 300_000, () => now);
  return { windows, advance: (ms: number) => (now += ms) };
}

describe('Windows', () => {
  it('grants as many as a window has, and says how many are left and until when', () => {
    const { windows, advance } = aWindow(2);
    const first = windows.take('a');
    advance(1000);
    const more = [windows.take('a'), windows.take('a')];
    expect(first).toEqual({ isGranted: true, most: 2, left: 1, endsAt: 300_000 });
    expect(more.map(({ isGranted, left }) => [isGranted, left])).toEqual([
      [true, 0],
      [false, 0],
    ]);
    expect(more[1]?.endsAt).toBe(300_000);
  });

  it('begins a new window with the first call after the end of the last one', () => {
    const { windows, advance } = aWindow(1);
    windows.take('a');
    advance(299_999);
    expect(windows.take('a').isGranted).toBe(false);
    expect(windows.isUsedUp('a')).toBe(true);
    advance(1);
    expect(windows.isUsedUp('a')).toBe(false);
    expect(windows.take('a')).toMatchObject({ isGranted: true, endsAt: 600_000 });
  });

  it('counts callers apart, and what was granted elsewhere', () => {
    const { windows } = aWindow(2);
    windows.note('a');
    windows.note('a');
    windows.note('a');
    expect(windows.take('a')).toMatchObject({ isGranted: false, left: 0 });
    expect(windows.take('b').isGranted).toBe(true);
  });

  it('holds a bounded number of callers', () => {
    const { windows } = aWindow(1);
    windows.take('first');
    for (let number = 0; number < mostCallers; number += 1) windows.take(String(number));
    expect(windows.take('first').isGranted).toBe(true);
  });
});
