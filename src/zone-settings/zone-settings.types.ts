import { Extensions, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { mayHold } from '../graphql/operation-size.js';
import { SchemaField } from '../graphql/schema-field.js';
import { UserError } from '../graphql/user-error.js';
import { zoneSettingsSchema, updateZoneSettingsSchema } from './zone-settings.schema.js';

@ObjectType({ description: 'Whether a zone shows its certificates.' })
export class ZoneSettings {
  @SchemaField(zoneSettingsSchema.shape.enabled)
  enabled!: boolean | null;
}

@InputType({ description: 'The settings of a zone as they are to be.' })
export class UpdateZoneSettingsInput {
  @Field(() => ID, { description: 'The zone.' })
  zoneId!: string;

  @SchemaField(updateZoneSettingsSchema.shape.enabled)
  enabled!: boolean;
}

@ObjectType({ description: 'The settings after the change.' })
export class UpdateZoneSettingsPayload {
  @Field(() => ZoneSettings, { nullable: true, description: 'Null where the change was refused.' })
  settings!: ZoneSettings | null;

  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why; empty where all went well.' })
  userErrors!: UserError[];
}
