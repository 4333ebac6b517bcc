import { describe, expect, it } from '@jest/globals';
import { unannouncedChanges } from '../../scripts/schema-changes.js';

const released =
  'type Query { zone(id: ID!): Zone } type Zone { id: ID! name: String } enum Status { ON OFF }';
const unreleased = (...lines: string[]) =>
  ['# Changelog', '', '## Unreleased', '', '### Changed', '', ...lines, '', '## 0.2.0 - 2026-11-27', ''].join(
    '\n',
  );

describe('The comparison with the released schema', () => {
  it('Additions need no announcement', () => {
    const current = `${released.replace('name: String', 'name: String paused: Boolean')} type New { id: ID }`;
    expect(unannouncedChanges({ released, current, changelog: unreleased() })).toEqual([]);
  });

  it.each([
    ['a field that is removed', released.replace('name: String', ''), 'Zone.name was removed'],
    [
      'a field that may be null now',
      released.replace('id: ID! name', 'id: ID name'),
      'Zone.id changed type from ID! to ID',
    ],
    ['a value that is removed', released.replace('ON OFF', 'ON'), 'OFF was removed from enum type Status'],
    [
      'an argument that is required now',
      released.replace('(id: ID!)', '(id: ID! account: ID!)'),
      'A required arg account on Query.zone was added',
    ],
  ])('%s needs a line in the changelog', (_, current, text) => {
    expect(unannouncedChanges({ released, current, changelog: unreleased() })).toEqual([text]);
    const announced = unreleased(`- \`${text.split(' ')[0]}\`${text.slice(text.indexOf(' '))}, because.`);
    expect(unannouncedChanges({ released, current, changelog: announced })).toEqual([]);
    // A line about an earlier release does not count.
    expect(unannouncedChanges({ released, current, changelog: `${unreleased()}\n- ${text}\n` })).toEqual([
      text,
    ]);
    expect(unannouncedChanges({ released, current, changelog: '' })).toEqual([text]);
  });
});
