import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { Payload } from '../zone/payload.js';
import { zoneSettingsSchema, updateZoneSettingsSchema } from './zone-settings.schema.js';

@ObjectType({
  implements: () => Node,
  description: 'Whether Cloudflare presents the certificates of a zone to its origins.',
})
export class ZoneSettings {
  @SchemaField(zoneSettingsSchema.shape.enabled, () => Boolean, { nullable: false })
  enabled!: boolean;

  /** The zone of the settings. */
  zoneId!: string;

  get id(): string {
    return nodeIdOf({ zoneId: this.zoneId, kind: 'settings' });
  }
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
  @Field(() => ZoneSettings, { nullable: true, description: 'Null if the change was refused.' })
  settings!: ZoneSettings | null;
}
