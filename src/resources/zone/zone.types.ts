import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';

@ObjectType({
  implements: () => Node,
  description:
    'One zone, seen through authenticated origin pulls. Each nullable field is a call to Cloudflare: if the call fails, the field is null, the reason is in `errors`, and the other fields are answered.',
})
export class Zone {
  @Field(() => ID, { description: "Cloudflare's identifier of the zone." })
  readonly cloudflareId: string;

  constructor(cloudflareId: string) {
    this.cloudflareId = cloudflareId;
  }

  get id(): string {
    return nodeIdOf({ zoneId: this.cloudflareId, kind: 'zone' });
  }
}
