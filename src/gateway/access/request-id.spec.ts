import { describe, expect, it } from '@jest/globals';
import { requestIdFrom } from './request-id.js';

describe('requestIdFrom', () => {
  it.each(['a', 'A-b_c.9', 'x'.repeat(64)])('The X-Request-Id %s becomes the request id', (id) => {
    expect(requestIdFrom({ 'x-request-id': id })).toBe(id);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a\nb', '"', 'é', ['a', 'b'] as unknown as string])(
    'A new UUIDv7 replaces the X-Request-Id %j',
    (id) => {
      expect(requestIdFrom({ 'x-request-id': id })).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    },
  );
});
