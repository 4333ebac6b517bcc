import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { actions, builtInRoles } from '../../src/gateway/access/actions.js';
import { danglingGrants } from '../../src/gateway/access/managed/contradictions.js';
import { parseAccessFile } from '../../src/gateway/access/managed/parse-access-file.js';
import { errorKinds } from '../../src/platform/errors/gateway-error.js';
import { blocksOf, rowsOf } from '../support/basics/pages.js';

const page = readFileSync('docs/access.md', 'utf8');
const inCode = (cell: string) => cell.replaceAll('`', '');

describe('The page of managed mode', () => {
  it.each(blocksOf(page, 'json'))('An access file of the page can be used: %#', (text) => {
    expect(danglingGrants(parseAccessFile('docs/access.md', text))).toEqual([]);
  });

  it('The table of roles has each action, and the roles that have it', () => {
    const roles = Object.entries(builtInRoles) as [string, readonly string[]][];
    const headings = /^\| action (.*)$/m
      .exec(page)?.[1]
      ?.split('|')
      .map((cell) => cell.trim());
    expect(headings?.filter(Boolean)).toEqual(roles.map(([role]) => role));
    const expected = actions.map((action) => [
      action,
      ...roles.map(([, those]) => (those.includes(action) ? 'yes' : '')),
    ]);
    expect(rowsOf(page, 'action').map(([action = '', ...those]) => [inCode(action), ...those])).toEqual(
      expected,
    );
  });

  it('The table of answers has the statuses and codes of the code', () => {
    const kinds = [
      errorKinds.unauthenticated,
      errorKinds.forbidden,
      errorKinds.issuer_unavailable,
      errorKinds.upstream_credential_unusable,
    ];
    const told = rowsOf(page, 'status').map(([status, code, graphql = '']) => [
      status,
      code,
      inCode(graphql),
    ]);
    expect(told).toEqual(kinds.map(({ status, code, graphql }) => [String(status), String(code), graphql]));
  });
});
