import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../context/secret.js';
import { redisUrlSchema } from './redis-url.js';

function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revealed(each)]));
}

const at = (host: string, port: number) => ({ host, port });

describe('REDIS_URL', () => {
  it.each([
    ['redis://h', { kind: 'single', nodes: [at('h', 6379)], db: 0, isTls: false }],
    ['redis://h:1/2', { kind: 'single', nodes: [at('h', 1)], db: 2, isTls: false }],
    ['redis://[::1]:7000', { kind: 'single', nodes: [at('::1', 7000)], db: 0, isTls: false }],
    [
      'rediss://me:p%40ss%3A@h:6380',
      { kind: 'single', nodes: [at('h', 6380)], db: 0, isTls: true, username: 'me', password: 'p@ss:' },
    ],
    ['redis://:only@h', { kind: 'single', nodes: [at('h', 6379)], db: 0, isTls: false, password: 'only' }],
    [
      'redis+sentinel://me:pw@a,b:2/main-1/3',
      {
        kind: 'sentinel',
        nodes: [at('a', 26_379), at('b', 2)],
        master: 'main-1',
        db: 3,
        isTls: false,
        username: 'me',
        password: 'pw',
        sentinelLogin: {},
      },
    ],
    [
      'rediss+sentinel://me:pw@a/m?sentinel=watch:p%40ss%3A+%26',
      {
        kind: 'sentinel',
        nodes: [at('a', 26_379)],
        master: 'm',
        db: 0,
        isTls: true,
        username: 'me',
        password: 'pw',
        sentinelLogin: { username: 'watch', password: 'p@ss:+&' },
      },
    ],
    [
      'redis+sentinel://a/m/1?sentinel=:only',
      {
        kind: 'sentinel',
        nodes: [at('a', 26_379)],
        master: 'm',
        db: 1,
        isTls: false,
        sentinelLogin: { password: 'only' },
      },
    ],
    ['rediss+cluster://a:1,b:2', { kind: 'cluster', nodes: [at('a', 1), at('b', 2)], isTls: true }],
  ])('REDIS_URL %s is parsed into an address', (text, address) => {
    expect(revealed(redisUrlSchema.parse(text))).toEqual(address);
  });

  it.each([
    '',
    'h:6379',
    'http://h',
    'redis://',
    'redis://a,b',
    'redis://h:0',
    'redis://h:70000',
    'redis://h/x',
    'redis://h/0/1',
    'redis://h?a=b',
    'redis://%zz@h',
    'redis://a b',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a/m/x',
    'redis+sentinel://a/m?',
    'redis+sentinel://a/m?sentinel=',
    'redis+sentinel://a/m?sentinel=%zz',
    'redis+sentinel://a/m?sentinel=a&sentinel=b',
    'redis+sentinel://a/m?password=a',
    'redis+sentinel://a?sentinel=a:b',
    'redis://h?sentinel=a:b',
    'redis+cluster://h?sentinel=a:b',
    'redis+cluster://a/0',
    'redis+other://a',
  ])('REDIS_URL %s is refused, and the problem does not quote it', (text) => {
    const { error } = redisUrlSchema.safeParse(text);
    expect(error?.issues[0]?.message).toMatch(/^must be redis\[s\]:/);
  });

  it('A parsed REDIS_URL prints no password', () => {
    const address = redisUrlSchema.parse('redis+sentinel://me:pass-1@a/m?sentinel=watch:pass-2');
    expect(JSON.stringify(address) + inspect(address, { depth: 9 })).not.toMatch(/pass-/);
  });
});
