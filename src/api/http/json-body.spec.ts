import { describe, expect, it } from '@jest/globals';
import { jsonBodyOf } from './json-body.js';

const read = (text: string) => jsonBodyOf(Buffer.from(text));

describe('a request body', () => {
  it('is undefined where it is empty', () => {
    expect(read('')).toBeUndefined();
  });

  it('keeps absent, null, true and false apart, and members that nobody documented', () => {
    const body = {
      config: [{}, { enabled: null }, { enabled: true }, { enabled: false }],
      bundle_method: 'force',
    };
    expect(read(JSON.stringify(body))).toStrictEqual(body);
  });

  it('keeps a member named __proto__ to itself', () => {
    const body = read('{"__proto__":{"polluted":1}}');
    expect(JSON.stringify(body)).toBe('{"__proto__":{"polluted":1}}');
    expect((body as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(['{', "{'a':1}", '\ufeff\ufeff{}', '{}\ufeff', '{"a":1}x', '{"enabled":1e400}', '[-1e999]'])(
    'is refused: %j',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ kind: 'body_not_json' }));
    },
  );

  it('may begin with a byte order mark', () => {
    expect(read('\ufeff{"enabled":true}')).toEqual({ enabled: true });
    expect(read('\ufeff')).toBeUndefined();
  });

  it('is refused where it is not UTF-8', () => {
    expect(() => jsonBodyOf(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/UTF-8/);
  });

  it('is taken 16 levels deep, and no deeper', () => {
    expect(read('['.repeat(16) + ']'.repeat(16))).toBeDefined();
    expect(() => read('['.repeat(17) + ']'.repeat(17))).toThrow(/16 levels/);
    expect(() => read('['.repeat(60_000) + ']'.repeat(60_000))).toThrow();
  });

  it('is not quoted in its own refusal', () => {
    expect(() => read('{"private_key": hunter2')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter') }),
    );
  });
});
