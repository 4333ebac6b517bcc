import { Field, ID, InterfaceType } from '@nestjs/graphql';

@InterfaceType({ description: 'What `node(id)` finds (Relay global object identification).' })
export abstract class Node {
  @Field(() => ID, {
    description:
      'Unique among all nodes. Treat it as opaque. Cloudflare knows it by another name: `cloudflareId`, or the name of a hostname.',
  })
  id!: string;
}
