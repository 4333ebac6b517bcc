import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { Payload } from '../../api/graphql/schema/payload.js';
import { resultOf, unreadable } from '../../api/graphql/results/results.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { lacksRarePermission } from '../../domain/cloudflare/verdict.js';
import { globalLevelSchema } from './global-level.schema.js';

const read = operations['global_level.get'];

@ObjectType({
  description:
    "Whether a zone shows Cloudflare's own certificate, which all customers share. It is one of Cloudflare's zone settings, and needs a permission of its own.",
})
export class GlobalLevel {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the global level is on; null where `missingPermission` says why it is not known.',
  })
  enabled!: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The permission that your credential lacks to read this, such as `Zone Settings Read`; null where it may.',
  })
  missingPermission!: string | null;

  /** Throws a GraphQLError if Cloudflare refused for another reason, or answered something else. */
  static from(answer: Answer): GlobalLevel {
    if (!answer.ok && lacksRarePermission(answer.said, read)) {
      return { enabled: null, missingPermission: read.permission };
    }
    const { value } = resultOf(answer, globalLevelSchema.pick({ value: true }));
    if (value === null) throw unreadable(answer, 'a global level that is neither on nor off');
    return { enabled: value === 'on', missingPermission: null };
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
  @Field(() => GlobalLevel, { nullable: true, description: 'Null where the change was refused.' })
  globalLevel!: GlobalLevel | null;
}
