import { describe, expect, it } from '@jest/globals';
import { RedisGate } from './gate.js';

describe('RedisGate', () => {
  it('RedisGate closes after three failures in a row, then passes one request each 100 ms', () => {
    const gate = new RedisGate();
    gate.failed(0, 10, 'timeout');
    gate.failed(10, 20, 'timeout');
    expect(gate.mayPass(20)).toBe(true);
    expect(gate.reason).toBe('');
    gate.failed(20, 30, 'timeout');
    expect(gate.reason).toBe('timeout');
    expect(gate.mayPass(129)).toBe(false);
    expect(gate.mayPass(130)).toBe(true);
    expect(gate.mayPass(130)).toBe(false);
    expect(gate.mayPass(230)).toBe(true);
  });

  it('RedisGate counts one failure for 100 requests that were in flight together', () => {
    const gate = new RedisGate();
    for (let i = 0; i < 100; i += 1) gate.failed(i, 100 + i, 'timeout');
    expect(gate.reason).toBe('');
    expect(gate.mayPass(200)).toBe(true);
  });

  it('RedisGate opens again after one success', () => {
    const gate = new RedisGate();
    for (let i = 0; i < 5; i += 1) gate.failed(i, i, 'timeout');
    expect(gate.mayPass(5)).toBe(false);
    gate.succeeded();
    expect(gate.reason).toBe('');
    expect(gate.mayPass(5)).toBe(true);
    gate.failed(6, 7, 'timeout');
    expect(gate.reason).toBe('');
  });

  it('RedisGate is failing for 100 ms after a failure, until one succeeds', () => {
    const gate = new RedisGate();
    expect(gate.isFailing(0)).toBe(false);
    gate.failed(0, 10, 'timeout');
    expect(gate.isFailing(10)).toBe(true);
    expect(gate.isFailing(110)).toBe(false);
    gate.failed(110, 120, 'timeout');
    gate.succeeded();
    expect(gate.isFailing(121)).toBe(false);
  });
});
