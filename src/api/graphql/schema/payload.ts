import { Extensions, Field, ObjectType } from '@nestjs/graphql';
import { mayHold } from '../limits/operation-size.js';
import { UserError } from '../errors/user-error.js';

/** The field that the payloads of all mutations have. */
@ObjectType({ isAbstract: true })
export abstract class Payload {
  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why; empty where all went well.' })
  userErrors!: UserError[];
}
