import { describe, expect, it } from '@jest/globals';
import { admittingReads, operations, questionOf } from './operations.js';

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

describe('The table of operations', () => {
  it.each(Object.values(operations).map((each) => [each.name, each] as const))(
    '%s has the kind of its method, a path of a zone, and a permission of that kind',
    (_, { kind, method, path, permission, area, isZoneless = false }) => {
      expect(kind).toBe(method === 'GET' ? 'read' : 'write');
      expect(/^\/zones\/:zone_id\//.test(path)).toBe(!isZoneless);
      expect(permission).toBe(`${area} ${kind === 'read' ? 'Read' : 'Write'}`);
    },
  );

  it('The read that admits a change needs the same permission, to read', () => {
    for (const [area, read] of Object.entries(admittingReads))
      expect([read.kind, read.permission]).toEqual(['read', `${area} Read`]);
  });
});
