import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

const known = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

/** The average length of each list of introspection in this schema, by `Type.field`. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const sizes = known.get(schema) ?? measured(schema);
  known.set(schema, sizes);
  return sizes;
}

function measured(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const directives = schema.getDirectives();
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composite.flatMap((type) => Object.values(type.getFields()));
  const inputFields = types.filter(isInputObjectType).flatMap((type) => Object.keys(type.getFields()));
  const values = types.filter(isEnumType).flatMap((type) => type.getValues());
  const possible = types.filter(isInterfaceType).flatMap((type) => schema.getPossibleTypes(type));
  const argumentsOf = (all: readonly { readonly args: readonly unknown[] }[]) =>
    all.flatMap(({ args }) => args).length / all.length;
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', directives.length],
    ['__Type.fields', fields.length / types.length],
    ['__Type.interfaces', composite.flatMap((type) => type.getInterfaces()).length / types.length],
    ['__Type.possibleTypes', possible.length / types.length],
    ['__Type.inputFields', inputFields.length / types.length],
    ['__Type.enumValues', values.length / types.length],
    ['__Field.args', argumentsOf(fields)],
    ['__Directive.args', argumentsOf(directives)],
  ]);
}
