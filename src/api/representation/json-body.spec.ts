import { describe, expect, it } from '@jest/globals';
import { jsonBodyOf } from './json-body.js';

const read = (text: string) => jsonBodyOf(Buffer.from(text));

describe('jsonBodyOf', () => {
  it('An empty body is undefined', () => {
    expect(read('')).toBeUndefined();
  });

  it('A body keeps absent, null, true and false apart, and keeps undocumented members', () => {
    const body = {
      config: [{}, { enabled: null }, { enabled: true }, { enabled: false }],
      bundle_method: 'force',
    };
    expect(read(JSON.stringify(body))).toStrictEqual(body);
  });

  it('A member named __proto__ does not change the prototype of the body', () => {
    const body = read('{"__proto__":{"polluted":1}}');
    expect(JSON.stringify(body)).toBe('{"__proto__":{"polluted":1}}');
    expect((body as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(['{', "{'a':1}", '\ufeff\ufeff{}', '{}\ufeff', '{"a":1}x', '{"enabled":1e400}', '[-1e999]'])(
    'The body %j is refused as body_not_json',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ kind: 'body_not_json' }));
    },
  );

  it('A body may begin with a byte order mark', () => {
    expect(read('\ufeff{"enabled":true}')).toEqual({ enabled: true });
    expect(read('\ufeff')).toBeUndefined();
  });

  it('A body that is not UTF-8 is refused', () => {
    expect(() => jsonBodyOf(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/UTF-8/);
  });

  it('A body of 16 levels is accepted, and a deeper one is refused', () => {
    expect(read('['.repeat(16) + ']'.repeat(16))).toBeDefined();
    expect(() => read('['.repeat(17) + ']'.repeat(17))).toThrow(/16 levels/);
    expect(() => read('['.repeat(60_000) + ']'.repeat(60_000))).toThrow();
  });

  it('The refusal of a body does not quote it', () => {
    expect(() => read('{"private_key": hunter2')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter') }),
    );
  });
});
