import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

const known = new WeakMap<DocumentNode, readonly string[]>();

/** The deprecated fields that a document selects, as `Type.field`. Computed once for each document. */
export function deprecatedFieldsIn(document: DocumentNode, schema: GraphQLSchema): readonly string[] {
  const found = known.get(document) ?? find(document, schema);
  known.set(document, found);
  return found;
}

function find(document: DocumentNode, schema: GraphQLSchema): readonly string[] {
  const types = new TypeInfo(schema);
  const found = new Set<string>();
  const look = () => {
    const field = types.getFieldDef();
    const isDeprecated = (field?.deprecationReason ?? null) !== null;
    if (field && isDeprecated) found.add(`${types.getParentType()?.name}.${field.name}`);
  };
  visit(document, visitWithTypeInfo(types, { Field: look }));
  return [...found];
}
