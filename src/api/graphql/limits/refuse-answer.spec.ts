import { describe, expect, it } from '@jest/globals';
import { buildSchema, getOperationAST, type GraphQLObjectType, parse } from 'graphql';
import { limits } from './limits.js';
import { mayHold, mayHoldFirst } from './operation-size.js';
import { refuseOversized } from './refuse-answer.js';

const schema = buildSchema(`
  type Query { hosts(first: Int = 50): [Host!] }
  type Host { certificates: [Certificate!] }
  type Certificate { id: ID }
`);
const fieldOf = (type: string, name: string) =>
  (schema.getType(type) as GraphQLObjectType).getFields()[name] ?? {};
Object.assign(fieldOf('Query', 'hosts'), { extensions: mayHoldFirst(1000) });
Object.assign(fieldOf('Host', 'certificates'), { extensions: mayHold(limits.objects / 100) });

/** One document, which is asked again and again. */
function asking(query: string) {
  const document = parse(query);
  return (variables: Readonly<Record<string, unknown>> = {}) => {
    const resolved = { schema, document, operation: getOperationAST(document), request: { variables } };
    refuseOversized(resolved as unknown as Parameters<typeof refuseOversized>[0]);
  };
}

const tooMany = /may ask for at most/;

describe('refuseOversized', () => {
  it('The same document is measured with the variables of each request', () => {
    const ask = asking('query ($first: Int) { hosts(first: $first) { certificates { id } } }');
    for (const [first, isRefused] of [
      [10, false],
      [200, true],
      [99, false],
      [1000, true],
    ] as const) {
      if (isRefused) expect(() => ask({ first })).toThrow(tooMany);
      else expect(() => ask({ first })).not.toThrow();
    }
  });

  it('The default of a variable counts where the request has no value, each time', () => {
    const ask = asking('query ($first: Int = 200) { hosts(first: $first) { certificates { id } } }');
    expect(() => ask()).toThrow(tooMany);
    expect(() => ask({ first: 1 })).not.toThrow();
    expect(() => ask()).toThrow(tooMany);
  });

  it('A document without such a variable is refused each time, or never', () => {
    const large = asking('{ hosts(first: 200) { certificates { id } } }');
    const small = asking('{ hosts { certificates { id } } }');
    for (let time = 0; time < 3; time += 1) {
      expect(() => large()).toThrow(tooMany);
      expect(() => small()).not.toThrow();
    }
  });
});
