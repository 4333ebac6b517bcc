import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type AuditEvent } from './event.js';
import { canonical, chained, hashOf } from './record.js';

const key = createSecretKey(Buffer.alloc(32, 7));
const event: AuditEvent = { op_id: 'op', stage: 'intent', ts: '2026-01-01T00:00:00.000Z' };

describe('Audit records', () => {
  it('A record has the hash of the record before it, and a hash of its own text', () => {
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

  it('canonical() sorts the members of an object and leaves out undefined ones', () => {
    expect(canonical({ b: 1, a: { d: undefined, c: [2, 'é'] } })).toBe('{"a":{"c":[2,"é"]},"b":1}');
  });

  it('canonical() replaces lone surrogates and NUL characters by U+FFFD', () => {
    expect(JSON.parse(canonical({ a: ['\ud800', 'x\0y', '😀'] }))).toEqual({
      a: ['\ufffd', 'x\ufffdy', '😀'],
    });
  });
});
