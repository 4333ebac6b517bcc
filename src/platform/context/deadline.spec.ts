import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { retryUntil, within } from './deadline.js';

const error = () => new Error('too late');

describe('within', () => {
  it('within() settles as its work does before the deadline', async () => {
    expect(await within(sleep(5, 'done'), 1000, error)).toBe('done');
    const failure = new Error('of the work');
    await expect(within(Promise.reject(failure), 1000, error)).rejects.toBe(failure);
  });

  it('within rejects at the deadline', async () => {
    await expect(within(sleep(60, 'done'), 10, error)).rejects.toThrow('too late');
  });

  it('within() ignores an error that comes after the deadline', async () => {
    const work = sleep(30).then(() => Promise.reject(new Error('of the work')));
    await expect(within(work, 5, error)).rejects.toThrow('too late');
    await expect(work).rejects.toThrow('of the work');
  });

  it('within() takes a result that is ready when a blocked event loop continues', async () => {
    const work = new Promise((resolve) => setImmediate(() => resolve('done')));
    const waiting = within(work, 1, error);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await waiting).toBe('done');
  });
});

describe('retryUntil', () => {
  it('retryUntil() repeats a failing attempt until one succeeds', async () => {
    let attempts = 0;
    const attempt = () => (++attempts < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(attempts));
    expect(await retryUntil(performance.now() + 1000, 1, attempt)).toBe(3);
  });

  it('retryUntil() throws the last error when the next attempt would begin too late', async () => {
    let attempts = 0;
    const attempt = () => Promise.reject(new Error(`attempt ${++attempts}`));
    await expect(retryUntil(performance.now() - 1, 1, attempt)).rejects.toThrow('attempt 1');
    const end = performance.now() + 60;
    // Four attempts at most, if no timer fires early because the event loop was blocked before.
    await expect(retryUntil(end, 20, attempt)).rejects.toThrow(/attempt [2-9]$/);
    expect(performance.now()).toBeLessThan(end + 20);
  });
});
