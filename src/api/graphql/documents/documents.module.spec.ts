import { hash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { scratchFolder } from '../../../../test/support/basics/scratch.js';
import { documentProblems } from './check-documents.js';
import { Documents } from './documents.js';
import { documentsProblem } from './documents.module.js';
import { readDocuments } from './read-documents.js';

const zone = '{ zone { id } }';
const other = 'query Other { zone { id } }';
const sha256 = (text: string) => hash('sha256', text);

let folder: string;
beforeEach(() => void (folder = scratchFolder('documents')));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  );
  return path;
};
const open = async (path: string) => new Documents('allow', await readDocuments(path));
const problem = (path: string) =>
  documentsProblem({ GRAPHQL_DOCUMENTS: 'only', GRAPHQL_DOCUMENTS_FILE: path });

describe('Files of documents', () => {
  it('A map has its documents by their own ids and by the SHA-256 of their texts', async () => {
    const md5 = hash('md5', other);
    const documents = await open(write('map.json', { [sha256(zone)]: zone, [md5]: other }));
    expect(documents.textOf(`sha256:${sha256(zone)}`)).toBe(zone);
    expect(documents.textOf(md5)).toBe(other);
    expect(documents.textOf(`sha256:${sha256(other)}`)).toBe(other);
    expect([documents.has(zone), documents.has(`${zone} `)]).toEqual([true, false]);
    for (const name of ['__proto__', 'constructor', 'toString']) expect(documents.textOf(name)).toBeNull();
  });

  it('A map may have the prefix sha256: in its ids, and a byte order mark', async () => {
    const documents = await open(
      write('map.json', `\uFEFF{"sha256:${sha256(zone)}": ${JSON.stringify(zone)}}`),
    );
    expect(documents.textOf(`sha256:${sha256(zone)}`)).toBe(zone);
  });

  it("Apollo's manifest is read with ids of both kinds", async () => {
    const path = write('manifest.json', {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [
        { id: sha256(zone), body: zone, name: 'Zone', type: 'query' },
        { id: 'Other.v1', body: other, name: 'Other', type: 'query' },
      ],
    });
    const documents = await open(path);
    expect(documents.textOf(`sha256:${sha256(zone)}`)).toBe(zone);
    expect(documents.textOf('Other.v1')).toBe(other);
  });

  it('A folder is read with its folders, and the id of a file is the SHA-256 of its bytes', async () => {
    write('a.graphql', `${zone}\n`);
    write('deep/er/b.graphql', `\uFEFF${other}\r\n`);
    write('notes.txt', 'no document');
    write('.git/c.graphql', 'no document');
    const documents = await open(folder);
    expect(documents.stored.map(({ place }) => place)).toEqual([
      join(folder, 'a.graphql'),
      join(folder, 'deep/er/b.graphql'),
    ]);
    expect(documents.textOf(`sha256:${sha256(`\uFEFF${other}\r\n`)}`)).toBe(`\uFEFF${other}\r\n`);
  });

  it('A folder is read as Kubernetes mounts a ConfigMap, with links to a hidden folder', async () => {
    write('..2026_01/a.graphql', zone);
    symlinkSync('..2026_01', join(folder, '..data'));
    symlinkSync('..data/a.graphql', join(folder, 'a.graphql'));
    expect((await open(folder)).stored).toEqual([{ place: join(folder, 'a.graphql'), id: null, text: zone }]);
  });

  it('A .graphql file is one document, and two files may have the same', async () => {
    expect((await open(write('a.graphql', zone))).has(zone)).toBe(true);
    write('b.graphql', zone);
    expect(await problem(folder)).toBeNull();
  });

  it.each<[string, unknown, string]>([
    ['is empty', '', 'is not valid JSON'],
    ['is no JSON', '{ zone }', 'is not valid JSON'],
    ['is not UTF-8', Buffer.from('{"a": "\xe9"}', 'latin1'), 'is not UTF-8 text'],
    ['is a list', [zone], 'must be a JSON object of documents'],
    ['is null', null, 'must be a JSON object of documents'],
    ['has no documents', {}, 'has no documents'],
    ['has another value than a text', { 'a.b': 1 }, 'a.b: must be the text of a document'],
    ['has the id __proto__', '{"a": "{ a }", "__proto__": "{ b }"}', '__proto__: cannot be the id'],
    ['has a malformed id', { 'two words': zone }, 'two words: the id must be'],
    [
      'has an id that is the SHA-256 of another text',
      { [sha256(zone)]: other },
      `which is sha256:${sha256(other)}`,
    ],
    [
      'has such an id with its prefix',
      { [`sha256:${sha256(zone)}`]: other },
      'must be the SHA-256 of the text',
    ],
    [
      'is a manifest of version 2',
      { format: 'apollo-persisted-query-manifest', version: 2 },
      'version: must be 1',
    ],
    [
      'is a manifest of another format',
      { format: 'x', version: 1, operations: [] },
      'format: must be apollo-',
    ],
    [
      'is a manifest with two documents of one id',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          { id: 'a', body: zone },
          { id: 'a', body: other },
        ],
      },
      'operations[1]: another document has this id, at ',
    ],
    [
      'is a manifest with an operation that has no body',
      { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: 'a' }] },
      'operations[0].body: ',
    ],
    ['is larger than 8 MiB', `{"a": "${'#'.repeat(8 * 1024 * 1024)}"}`, 'has more than 8 MiB of documents'],
  ])('A JSON file that %s is refused with its name and the place', async (_, content, expected) => {
    const path = write('list.json', content);
    expect(await problem(path)).toMatch(path);
    expect(await problem(path)).toContain(expected);
  });

  it('A path to nothing, and a folder without documents, are refused', async () => {
    expect(await problem(join(folder, 'none'))).toBe(`${join(folder, 'none')}: does not exist`);
    expect(await problem(folder)).toBe(`${folder}: has no .graphql file`);
    expect(await problem('/dev/null')).toBe('/dev/null: must be a file or a folder');
  });
});

describe('documentProblems', () => {
  const schema = buildSchema('type Query { zone: Zone } type Zone { id: ID }');
  const problemsOf = (text: string, mayIntrospect = true) =>
    documentProblems(new Documents('only', [{ place: 'a.graphql', id: null, text }]), schema, mayIntrospect);

  it.each([
    ['{ zone {', 'a.graphql: line 1, column 9: Syntax Error'],
    ['\n{ nothing }', 'a.graphql: line 2, column 3: Cannot query field "nothing"'],
    ['fragment F on Zone { id }', 'a.graphql: There is no operation.'],
    ['', 'a.graphql: '],
    [`{ ${'zone { id } '.repeat(2000)} }`, 'a.graphql: line 1, column 12001: Syntax Error'],
  ])('The document %j is a problem, with its place', (text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
  });

  it('A document of introspection is a problem where introspection is off', () => {
    const text = '{ __schema { types { name } } }';
    expect(problemsOf(text)).toEqual([]);
    expect(problemsOf(text, false)).toEqual([expect.stringContaining('introspection')]);
  });

  it('At most ten problems are told', () => {
    const stored = Array.from({ length: 30 }, (_, index) => ({
      place: `${index}`,
      id: null,
      text: `{ f${index} }`,
    }));
    expect(documentProblems(new Documents('only', stored), schema, true)).toHaveLength(10);
  });
});
