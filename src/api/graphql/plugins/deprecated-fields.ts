import { type DocumentNode, type GraphQLSchema } from 'graphql';
import { visitFields } from '../schema/visit-fields.js';

const known = new WeakMap<DocumentNode, readonly string[]>();

/** The deprecated fields that a document selects, as `Type.field`. Computed once for each document. */
export function deprecatedFieldsIn(document: DocumentNode, schema: GraphQLSchema): readonly string[] {
  const found = known.get(document) ?? find(document, schema);
  known.set(document, found);
  return found;
}

function find(document: DocumentNode, schema: GraphQLSchema): readonly string[] {
  const found = new Set<string>();
  visitFields(document, schema, ({ name, deprecationReason }, parent) => {
    if (typeof deprecationReason === 'string') found.add(`${parent}.${name}`);
  });
  return [...found];
}
