import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { Payload } from '../../api/graphql/schema/payload.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
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
export class UpdateZoneSettingsPayload extends Payload {
  @Field(() => ZoneSettings, { nullable: true, description: 'Null where the change was refused.' })
  settings!: ZoneSettings | null;
}
