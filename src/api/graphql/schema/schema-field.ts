import { Field, type FieldOptions, type ReturnTypeFunc } from '@nestjs/graphql';
import { z } from 'zod';

/** A field described by the zod schema of REST: its nullability, description, and type if it is boolean or string. */
export function SchemaField(
  schema: z.ZodType,
  type?: ReturnTypeFunc,
  options: FieldOptions = {},
): PropertyDecorator {
  const nullable = schema.safeParse(null).success && schema.safeParse(null).data === null;
  return Field(type ?? typeOf(schema), { nullable, ...describedBy(schema), ...options });
}

/** The description that a zod schema carries, as GraphQL's decorators take it. */
function describedBy(schema: z.ZodType): { description?: string } {
  const { description } = schema;
  return description === undefined ? {} : { description };
}

function typeOf(schema: z.ZodType): ReturnTypeFunc {
  const { type } = z.toJSONSchema(schema, { io: 'output' }) as { type?: string | string[] };
  const types = [type].flat();
  if (types.includes('boolean')) return () => Boolean;
  if (types.includes('string')) return () => String;
  throw new TypeError(`A field of JSON type ${types.join('|')} needs its GraphQL type to be given.`);
}
