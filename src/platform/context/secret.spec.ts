import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from './secret.js';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  it.each([
    ['String()', String(secret)],
    ['JSON.stringify()', JSON.stringify({ secret })],
    ['util.inspect()', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['util.format()', format('%s %o %j %O', secret, secret, secret, secret)],
    ['the spread operator', JSON.stringify({ ...secret })],
    ['the cause of an error', String(new Error('', { cause: secret }).cause)],
  ])('A secret is not printed by %s', (_, printed) => {
    expect(printed).not.toContain('hunter2');
  });

  it('reveal() returns the text of a secret', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
