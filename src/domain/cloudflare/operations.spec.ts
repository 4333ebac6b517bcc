import { describe, expect, it } from '@jest/globals';
import { operations, questionOf } from './operations.js';

const questionAbout = (hostname: string) =>
  questionOf({ operation: operations['hostname.get'], params: { zone_id: '0'.repeat(32), hostname } });

describe('questionOf', () => {
  it.each(['APP.Example.com', 'app.example.com.', 'app。example.com'])(
    'questionOf is the same for the hostnames %s and app.example.com',
    (hostname) => {
      expect(questionAbout(hostname)).toBe(questionAbout('app.example.com'));
    },
  );

  it('questionOf is the same for a hostname in Unicode and in A-labels', () => {
    expect(questionAbout('BÜCHER.example')).toBe(questionAbout('xn--bcher-kva.example'));
  });

  it.each(['b.example.com', '*.example.com', 'app.example.com..'])(
    'questionOf is different for the hostnames %s and app.example.com',
    (hostname) => {
      expect(questionAbout(hostname)).not.toBe(questionAbout('app.example.com'));
    },
  );
});
