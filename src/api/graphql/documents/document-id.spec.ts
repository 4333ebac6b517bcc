import { describe, expect, it } from '@jest/globals';
import { documentIdOf, sha256IdOf } from './document-id.js';

const digits = '0123456789abcdef'.repeat(4);

describe('documentIdOf', () => {
  it.each([
    [`sha256:${digits}`, `sha256:${digits}`],
    [digits, `sha256:${digits}`],
    [digits.slice(0, 32), digits.slice(0, 32)],
    ['x-app:zones.1', 'x-app:zones.1'],
    ['ZoneQuery_1~2', 'ZoneQuery_1~2'],
    ['__proto__', '__proto__'],
    ['a'.repeat(256), 'a'.repeat(256)],
  ])('The id %s is looked up as %s', (given, id) => {
    expect(documentIdOf(given)).toBe(id);
  });

  it.each([
    [''],
    ['sha256:'],
    [`sha256:${digits.slice(1)}`],
    [`sha256:${digits}0`],
    [`sha256:${digits.toUpperCase()}`],
    [`SHA256:${digits}`],
    [`md5:${digits.slice(0, 32)}`],
    [`sha256:${digits}\n`],
    ['x-:a'],
    ['two words'],
    ['ключ'],
    ['a'.repeat(257)],
    ['a'.repeat(60_000)],
  ])('The id %j is malformed', (given) => {
    expect(documentIdOf(given)).toBeNull();
  });
});

describe('sha256IdOf', () => {
  it('sha256IdOf has the example of GraphQL over HTTP', () => {
    expect(sha256IdOf('query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}')).toBe(
      'sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e',
    );
  });
});
