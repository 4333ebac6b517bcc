import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from './secret.js';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  it.each([
    ['a template', String(secret)],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['format', format('%s %o %j %O', secret, secret, secret, secret)],
    ['a spread', JSON.stringify({ ...secret })],
    ['an error', String(new Error('', { cause: secret }).cause)],
  ])('is not printed by %s', (_, printed) => {
    expect(printed).not.toContain('hunter2');
  });

  it('is given to whoever asks for it by name', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
