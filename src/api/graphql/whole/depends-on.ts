import {
  type DocumentNode,
  getNamedType,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

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
  const types = new TypeInfo(schema);
  let isFound = false;
  const look = () => {
    const field = types.getFieldDef();
    const isIntrospection = field && getNamedType(field.type).name.startsWith('__');
    if (isIntrospection || field?.extensions[member] === 'caller') isFound = true;
  };
  visit(document, visitWithTypeInfo(types, { Field: look }));
  return isFound;
}
