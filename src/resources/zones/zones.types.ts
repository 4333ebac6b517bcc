import { Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType({
  description:
    'One zone, seen through authenticated origin pulls. Every nullable field here is one call to Cloudflare: if that call fails the field is null, the reason is in `errors`, and the rest still arrives.',
})
export class Zone {
  @Field(() => ID, { description: 'Identifier of the zone.' })
  id!: string;
}
