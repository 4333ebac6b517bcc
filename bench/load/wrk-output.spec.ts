import { expect, test } from '@jest/globals';
import { readWrk } from './wrk-output.js';

const noErrors = { connect: 0, read: 0, write: 0, status: 0, timeout: 0 };
const printed = (changed: object = {}) => {
  const run = { requests: 4, microseconds: 2_000_000, bytes: 4000, p50: 1500, p99: 2500, mean: 1600 };
  return `Running 2s test @ http://127.0.0.1:1/\n  4 requests in 2.00s\nbench ${JSON.stringify({ ...run, errors: noErrors, ...changed })}\n`;
};

test('reads requests, seconds and latencies from what wrk prints', () => {
  expect(readWrk(printed(), 900)).toEqual({
    requests: 4,
    seconds: 2,
    bytes: 4000,
    p50Ms: 1.5,
    p99Ms: 2.5,
    meanMs: 1.6,
  });
});

test.each(Object.keys(noErrors))('fails a run with an error of the kind %s', (kind) => {
  expect(() => readWrk(printed({ errors: { ...noErrors, [kind]: 2 } }), 0)).toThrow(`${kind} 2`);
});

test('fails a run whose answers are smaller than right ones', () => {
  expect(() => readWrk(printed(), 1001)).toThrow('1000 bytes on average');
});

test('fails a run without an answer', () => {
  expect(() => readWrk(printed({ requests: 0 }), 0)).toThrow('no answer');
});

test('fails if wrk printed no result', () => {
  expect(() => readWrk('unable to connect', 0)).toThrow('unable to connect');
});
