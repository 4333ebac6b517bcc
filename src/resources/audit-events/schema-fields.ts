import { type GqlTypeReference, Int, type ReturnTypeFunc } from '@nestjs/graphql';
import { z } from 'zod';
import { camelNameOf } from '../../api/graphql/results/camel-cased.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';

/**
 * The fields of a GraphQL type: the members of a zod schema, under GraphQL's names.
 *
 * @param types what the schema does not say: an ID, a DateTime, an enum, another object
 */
export const SchemaFields =
  (schema: z.ZodObject, types: Readonly<Record<string, ReturnTypeFunc>> = {}): ClassDecorator =>
  ({ prototype }) => {
    for (const [name, member] of Object.entries(schema.shape) as [string, z.ZodType][]) {
      const options = isOptional(member) ? { nullable: true } : {};
      const decorate = SchemaField(member, types[name] ?? typeOf(member), options);
      decorate(prototype as object, camelNameOf(name));
    }
  };

function typeOf(schema: unknown): ReturnTypeFunc {
  if (isOptional(schema) || schema instanceof z.ZodNullable) return typeOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return () => [typeOf(schema.element)() as GqlTypeReference];
  if (schema instanceof z.ZodNumber) return () => Int;
  return schema instanceof z.ZodBoolean ? () => Boolean : () => String;
}

function isOptional(schema: unknown): schema is z.ZodOptional | z.ZodExactOptional {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional;
}
