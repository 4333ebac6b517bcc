import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

const known = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

/** How many items each list of introspection has in this schema at most, by `Type.field`. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const sizes = known.get(schema) ?? measured(schema);
  known.set(schema, sizes);
  return sizes;
}

function measured(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = withFields.map((type) => Object.values(type.getFields()));
  const args = [...fields.flat(), ...schema.getDirectives()].map((each) => each.args.length);
  const inputs = types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length);
  const values = types.filter(isEnumType).map((type) => type.getValues().length);
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', schema.getDirectives().length],
    ['__Type.fields', Math.max(...fields.map(({ length }) => length))],
    ['__Type.interfaces', Math.max(...withFields.map((type) => type.getInterfaces().length))],
    [
      '__Type.possibleTypes',
      Math.max(0, ...types.filter(isInterfaceType).map((type) => schema.getPossibleTypes(type).length)),
    ],
    ['__Type.inputFields', Math.max(0, ...inputs)],
    ['__Type.enumValues', Math.max(0, ...values)],
    ['__Field.args', Math.max(...args)],
    ['__Directive.args', Math.max(...args)],
  ]);
}
