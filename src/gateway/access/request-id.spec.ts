import { describe, expect, it } from '@jest/globals';
import { requestIdFrom } from './request-id.js';

describe('a request id', () => {
  it.each(['a', 'A-b_c.9', 'x'.repeat(64)])('is taken over: %s', (id) => {
    expect(requestIdFrom({ 'x-request-id': id })).toBe(id);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a\nb', '"', 'é', ['a', 'b'] as unknown as string])(
    'is made new instead of %j',
    (id) => {
      expect(requestIdFrom({ 'x-request-id': id })).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    },
  );
});
