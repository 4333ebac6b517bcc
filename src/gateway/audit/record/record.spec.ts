import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type AuditEvent } from './event.js';
import { canonical, chained, hashOf } from './record.js';

const key = createSecretKey(Buffer.alloc(32, 7));
const event: AuditEvent = { op_id: 'op', stage: 'intent', ts: '2026-01-01T00:00:00.000Z' };

describe('a record', () => {
  it('names the one before it, and its hash is of its text', () => {
    const first = chained(event, { writer: 'w', seq: 0, hash: '' }, { kid: 'k', key });
    const second = chained(event, first.head, { kid: 'k', key });
    expect(JSON.parse(second.record.body)).toEqual({
      ...event,
      writer: 'w',
      seq: 2,
      prev: first.record.hash,
      kid: 'k',
    });
    expect(second.record.hash).toBe(hashOf(second.record.body, key));
    expect(second.head).toEqual({ writer: 'w', seq: 2, hash: second.record.hash });
  });

  it('has its members in order, without those that are undefined', () => {
    expect(canonical({ b: 1, a: { d: undefined, c: [2, 'é'] } })).toBe('{"a":{"c":[2,"é"]},"b":1}');
  });

  it('takes any text: what no store does is replaced', () => {
    expect(JSON.parse(canonical({ a: ['\ud800', 'x\0y', '😀'] }))).toEqual({
      a: ['\ufffd', 'x\ufffdy', '😀'],
    });
  });
});
