import { type DocumentNode, getNamedType, type GraphQLSchema } from 'graphql';
import { visitFields } from '../schema/visit-fields.js';

const member = 'dependsOn';

/**
 * Stands in the `extensions` of a root field, and of every field below whose value depends on the caller: on who that is, and not
 * only on what Cloudflare answers to the credential. An answer with such a field is not kept as a whole.
 */
export function dependsOn(what: 'zone' | 'caller') {
  return { [member]: what };
}

const known = new WeakMap<DocumentNode, boolean>();

/** Whether any field of a document depends on the caller, or is of introspection. Computed once for each document. */
export function dependsOnCaller(document: DocumentNode, schema: GraphQLSchema): boolean {
  const found = known.get(document) ?? find(document, schema);
  known.set(document, found);
  return found;
}

function find(document: DocumentNode, schema: GraphQLSchema): boolean {
  let isFound = false;
  visitFields(document, schema, ({ type, extensions }) => {
    const isIntrospection = getNamedType(type).name.startsWith('__');
    if (isIntrospection || extensions[member] === 'caller') isFound = true;
  });
  return isFound;
}
