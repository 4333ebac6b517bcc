import { describe, expect, it } from '@jest/globals';
import { type State, type States } from '../record/event.js';
import { recordedStates, statesIn } from './recorded-states.js';

const states = (count: number, stateOf: (index: number) => State): States =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, stateOf(index)]));

describe('States in an audit record', () => {
  it.each([null, {}, states(1, () => ({ enabled: true })), states(200, () => ({ enabled: true }))])(
    'Up to 200 states are recorded by name',
    (few) => {
      expect(recordedStates(few)).toBe(few);
      expect(statesIn(few)).toBe(few);
    },
  );

  it('More than 200 states are recorded in groups of equal states', () => {
    const many = states(500, (index) => ({ enabled: index % 2 === 0, status: null }));
    const recorded = recordedStates(many);
    expect(recorded).toHaveLength(2);
    expect(recorded).toMatchObject([{ enabled: true }, { enabled: false }]);
    expect(statesIn(recorded)).toEqual(many);
  });

  it('250 different states are all recorded', () => {
    const many = states(250, (index) => ({ status: `s${index}` }));
    expect(statesIn(recordedStates(many))).toEqual(many);
  });

  it('6,000 different states are recorded as all names and the first 250 states', () => {
    const many = states(6000, (index) => ({ status: `s${index}` }));
    const read = statesIn(recordedStates(many)) ?? {};
    expect(Object.keys(read).sort()).toEqual(Object.keys(many).sort());
    expect(Object.values(read).filter(({ status }) => status !== undefined)).toHaveLength(250);
    expect(read['n0']).toEqual({ status: 's0' });
    expect(read['n5999']).toEqual({});
  });

  it('A state named __proto__ is recorded as any other', () => {
    const many = { ...states(300, () => ({ enabled: null })), ['__proto__']: { enabled: true } };
    expect(Object.keys(statesIn(recordedStates(many)) ?? {})).toContain('__proto__');
  });
});
