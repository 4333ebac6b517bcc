import { readFileSync } from 'node:fs';
import { getIntrospectedSchema, minifyIntrospectionQuery } from '@urql/introspection';
import { buildSchema, isAbstractType, isObjectType } from 'graphql';

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

/** What Apollo Client needs to match fragments on interfaces and unions. */
export const possibleTypes = Object.fromEntries(
  types
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** What urql's cache needs to match fragments, and to know which fields may be null. */
export const introspection = minifyIntrospectionQuery(getIntrospectedSchema(schema));

/** Types without an `id`: urql's cache keeps them in the object that has them, and warns of those that are not named here. */
export const keyless = types
  .filter((type) => isObjectType(type) && !type.getFields().id)
  .map(({ name }) => name);
