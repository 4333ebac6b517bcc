import { Extensions, Field, ObjectType } from '@nestjs/graphql';
import { UserError } from '../../api/graphql/errors/user-error.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { identifierProblem } from '../../domain/cloudflare/call-url.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { AuditReceipt } from './audit-receipt.types.js';
import { Zone } from './zone.types.js';

/** The fields that the payloads of all mutations have. */
@ObjectType({ isAbstract: true })
export abstract class Payload {
  @Field(() => Zone, {
    nullable: true,
    description: 'The zone after the change. Null if the input names no zone.',
  })
  zone!: Zone | null;

  @Field(() => AuditReceipt, {
    nullable: true,
    description: 'Where the change is recorded in the audit log. Null if no change was sent to Cloudflare.',
  })
  receipt!: AuditReceipt | null;

  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why. Empty if nothing was refused.' })
  userErrors!: UserError[];
}

/** The fields of a payload, read after the change. */
export function payloadOf(ctx: RequestContext, zoneId: string, userErrors: UserError[]): Payload {
  const zone = identifierProblem('zone_id', zoneId) === undefined ? new Zone(zoneId) : null;
  return { zone, receipt: ctx.change?.receipt ?? null, userErrors };
}
