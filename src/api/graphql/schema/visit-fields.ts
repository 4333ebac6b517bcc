import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Goes through the fields that a document selects, those of introspection too. Fields that the schema does not have are left out.
 *
 * @param look gets the field, and the name of the type that it is selected of
 */
export function visitFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  look: (field: GraphQLField<unknown, unknown>, parent: string) => void,
): void {
  const types = new TypeInfo(schema);
  const enter = () => {
    const field = types.getFieldDef();
    if (field) look(field, types.getParentType()?.name ?? '');
  };
  visit(document, visitWithTypeInfo(types, { Field: enter }));
}
