import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { resultOf, unreadable } from '../../api/graphql/results/results.js';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { lacksRarePermission } from '../../domain/cloudflare/verdict.js';
import { Payload } from '../zone/payload.js';
import { globalLevelSchema } from './global-level.schema.js';

const read = operations['global_level.get'];

@ObjectType({
  implements: () => Node,
  description:
    "Whether Cloudflare presents its own certificate, which all its customers share, to the origins of a zone. It is one of Cloudflare's zone settings, and needs a permission of its own.",
})
export class GlobalLevel {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the global level is on. Null if `missingPermission` is not.',
  })
  enabled!: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The permission that the credential lacks to read this: `Zone Settings Read`. Null if it lacks none.',
  })
  missingPermission!: string | null;

  /** The zone of the global level. */
  zoneId!: string;

  get id(): string {
    return nodeIdOf({ zoneId: this.zoneId, kind: 'global_level' });
  }

  /** Throws a GraphQLError if Cloudflare refused for another reason, or answered something else. */
  static from(zoneId: string, answer: Answer): GlobalLevel {
    const made = (enabled: boolean | null, missingPermission: string | null) =>
      Object.assign(new GlobalLevel(), { zoneId, enabled, missingPermission });
    if (!answer.ok && lacksRarePermission(answer.said, read)) return made(null, read.permission);
    const { value } = resultOf(answer, globalLevelSchema.pick({ value: true }));
    if (value === null) throw unreadable(answer, 'a global level that is neither on nor off');
    return made(value === 'on', null);
  }
}

@InputType({ description: 'The global level of a zone as it is to be.' })
export class UpdateGlobalLevelInput {
  @Field(() => ID, { description: 'The zone.' })
  zoneId!: string;

  @Field(() => Boolean, { description: 'Whether the global level is to be on.' })
  enabled!: boolean;
}

@ObjectType({ description: 'The global level after the change.' })
export class UpdateGlobalLevelPayload extends Payload {
  @Field(() => GlobalLevel, { nullable: true, description: 'Null if the change was refused.' })
  globalLevel!: GlobalLevel | null;
}
