import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { sha256IdOf } from './document-id.js';
import { Documents, type DocumentsMode } from './documents.js';
import { documentToExecute } from './document-to-execute.js';

const known = '{ known }';
const id = sha256IdOf(known);
const sha256Hash = id.slice('sha256:'.length);
const stored = [{ place: 'a', id: 'Known', text: known }];

const inMode = (mode: DocumentsMode, body: unknown) => {
  try {
    return documentToExecute(
      new Documents(mode, mode === 'off' ? [] : stored),
      {
        method: 'POST',
        search: '',
        body,
      },
      '',
    );
  } catch (error) {
    return (error as GraphQLError).extensions['code'];
  }
};
const persistedQuery = (hash: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash: hash },
});

describe('documentToExecute', () => {
  it.each<[unknown, unknown, unknown, unknown]>([
    [{ query: '{ other }' }, null, null, 'PERSISTED_QUERY_ONLY'],
    [{ query: known }, null, null, known],
    [{ query: known, documentId: null, extensions: { persistedQuery: null } }, null, null, known],
    [{ documentId: id }, 'PERSISTED_QUERY_NOT_SUPPORTED', known, known],
    [{ documentId: id, query: '' }, 'PERSISTED_QUERY_NOT_SUPPORTED', known, known],
    [{ documentId: sha256Hash, query: null }, 'PERSISTED_QUERY_NOT_SUPPORTED', known, known],
    [{ documentId: 'Known' }, 'PERSISTED_QUERY_NOT_SUPPORTED', known, known],
    [{ documentId: '__proto__' }, 'PERSISTED_QUERY_NOT_SUPPORTED', ...both('PERSISTED_QUERY_NOT_FOUND')],
    [{ documentId: id, query: known }, null, ...both('BAD_REQUEST')],
    [{ documentId: id, extensions: persistedQuery(sha256Hash) }, null, ...both('BAD_REQUEST')],
    [{ documentId: [id] }, 'PERSISTED_QUERY_NOT_SUPPORTED', ...both('BAD_REQUEST')],
    [{ documentId: 1 }, 'PERSISTED_QUERY_NOT_SUPPORTED', ...both('BAD_REQUEST')],
    [{ extensions: persistedQuery(sha256Hash) }, null, known, known],
    [{ extensions: persistedQuery('Known') }, null, known, known],
    [{ extensions: persistedQuery('0'.repeat(64)) }, null, ...both('PERSISTED_QUERY_NOT_FOUND')],
    [{ extensions: persistedQuery(sha256Hash, 2) }, null, ...both('BAD_REQUEST')],
    [{ extensions: persistedQuery([sha256Hash]) }, null, ...both('BAD_REQUEST')],
    [{ extensions: { persistedQuery: 'x' } }, null, ...both('BAD_REQUEST')],
    [{ extensions: persistedQuery(sha256Hash), query: known }, null, known, known],
    [{ extensions: persistedQuery(sha256Hash), query: '{ other }' }, null, ...both('BAD_REQUEST')],
    [
      { extensions: persistedQuery(sha256IdOf('{ other }').slice(7)), query: '{ other }' },
      null,
      '{ other }',
      'PERSISTED_QUERY_ONLY',
    ],
    [{}, null, null, ''],
    [[{ query: known }], null, null, ''],
    [{ query: [known] }, null, null, ''],
    [null, null, null, ''],
  ])('Of %j, off has %j, allow %j and only %j', (body, off, allow, only) => {
    expect([inMode('off', body), inMode('allow', body), inMode('only', body)]).toEqual([off, allow, only]);
  });

  it('With only, whatever is sent, nothing is executed but a text of the list', () => {
    const text = fc.oneof(fc.constantFrom(known, id, sha256Hash, 'Known', '{ other }', ''), fc.string());
    const value = fc.oneof(text, fc.anything());
    const extensions = fc.oneof(
      fc.anything(),
      fc.record({
        persistedQuery: fc.oneof(
          fc.anything(),
          fc.record({ version: fc.constantFrom(1, 2), sha256Hash: value }),
        ),
      }),
    );
    const body = fc.record({ query: value, documentId: value, extensions }, { requiredKeys: [] });
    const documents = new Documents('only', stored);
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
        fc.string(),
        fc.oneof(body, fc.anything()),
        (method, search, sent) => {
          try {
            expect([known, '']).toContain(documentToExecute(documents, { method, search, body: sent }, ''));
          } catch (error) {
            if (!(error instanceof GraphQLError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function both<T>(each: T): [T, T] {
  return [each, each];
}
