import { describe, expect, it } from '@jest/globals';
import { operations, questionOf } from './operations.js';

const ask = (hostname: string) =>
  questionOf({ operation: operations['hostname.get'], params: { zone_id: '0'.repeat(32), hostname } });

describe('A question', () => {
  it.each(['APP.Example.com', 'app.example.com.', 'app。example.com'])(
    'is the same for another spelling of the hostname: %s',
    (hostname) => {
      expect(ask(hostname)).toBe(ask('app.example.com'));
    },
  );

  it('is the same for a name in Unicode and in A-labels', () => {
    expect(ask('BÜCHER.example')).toBe(ask('xn--bcher-kva.example'));
  });

  it.each(['b.example.com', '*.example.com', 'app.example.com..'])('is another for %s', (hostname) => {
    expect(ask(hostname)).not.toBe(ask('app.example.com'));
  });
});
