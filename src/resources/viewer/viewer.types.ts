import { Field, ObjectType } from '@nestjs/graphql';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { viewerSchema } from './viewer.schema.js';

const { actor, name, roles, zones } = viewerSchema.shape;

@ObjectType({ description: 'Who asks, and what that caller may do.' })
export class Viewer {
  @SchemaField(actor, () => String)
  actor!: string;

  @SchemaField(name, () => String, { nullable: true })
  name!: string | null;

  @Field(() => [String], { description: roles.description ?? '' })
  roles!: string[];

  @Field(() => [String], { description: zones.description ?? '' })
  zones!: string[];
}
