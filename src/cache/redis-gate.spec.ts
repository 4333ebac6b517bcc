import { describe, expect, it } from '@jest/globals';
import { RedisGate } from './redis-gate.js';

describe('RedisGate', () => {
  it('closes after three failures in a row, and then lets one pass each 100 ms', () => {
    const gate = new RedisGate();
    expect([gate.failed(0, 10), gate.failed(10, 20)]).toEqual([false, false]);
    expect(gate.mayPass(20)).toBe(true);
    expect(gate.failed(20, 30)).toBe(true);
    expect(gate.mayPass(129)).toBe(false);
    expect(gate.mayPass(130)).toBe(true);
    expect(gate.mayPass(130)).toBe(false);
    expect(gate.mayPass(230)).toBe(true);
  });

  it('counts once what many waited for in vain', () => {
    const gate = new RedisGate();
    for (let i = 0; i < 100; i += 1) expect(gate.failed(i, 100 + i)).toBe(false);
  });

  it('is open again after one success', () => {
    const gate = new RedisGate();
    for (let i = 0; i < 5; i += 1) gate.failed(i, i);
    expect(gate.mayPass(5)).toBe(false);
    gate.succeeded();
    expect(gate.mayPass(5)).toBe(true);
    expect(gate.failed(6, 7)).toBe(false);
  });
});
