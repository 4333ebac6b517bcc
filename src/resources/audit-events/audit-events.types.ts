import { ArgsType, Extensions, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { isPage, mayHold } from '../../api/graphql/limits/operation-size.js';
import { camelCased } from '../../api/graphql/results/camel-cased.js';
import { PageInfo } from '../../api/graphql/results/page-info.js';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import {
  accessSchema,
  actorSchema,
  certificateFactsSchema,
  chainSchema,
  credentialSchema,
  resultSchema,
  type States,
  targetSchema,
} from '../../gateway/audit/record/event.js';
import {
  AuditActorType,
  AuditCredentialKind,
  AuditEntry,
  AuditStage,
  AuditStatus,
} from './audit-events.enums.js';
import { auditEventSchema, auditFilterSchema, type ShownEvent } from './audit-events.schema.js';
import { AuditState, auditStates } from './audit-states.types.js';
import { eventKeyOf } from './event-key.js';
import { SchemaFields } from './schema-fields.js';

@SchemaFields(actorSchema.omit({ id: true }), { type: () => AuditActorType })
@ObjectType({ description: 'Who asked.' })
class AuditActor {
  // A cache takes an `id` for that of a node, and would show one actor for all events of an e-mail address.
  @SchemaField(actorSchema.shape.id, () => String, { name: 'identity', nullable: true })
  id!: string;
}

@SchemaFields(credentialSchema, { kind: () => AuditCredentialKind, token_id: () => ID })
@ObjectType({ description: 'What an actor was known by.' })
class AuditCredential {}

@SchemaFields(targetSchema, { zone_id: () => ID, certificate_id: () => ID })
@ObjectType({ description: 'What an event is about.' })
class AuditTarget {}

const { not_before, not_after } = certificateFactsSchema.shape;

@SchemaFields(certificateFactsSchema.omit({ not_before: true, not_after: true }))
@ObjectType({ description: 'What is known of an uploaded certificate.' })
class AuditCertificate {
  @SchemaField(not_before, () => DateTime, { nullable: true })
  notBefore!: string;

  @SchemaField(not_after, () => DateTime, { nullable: true })
  notAfter!: string;
}

@ObjectType({ description: 'What a change changed.' })
class AuditChange {
  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'Before; null where it was not known.' })
  before!: (typeof AuditState)[] | null;

  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'After, as Cloudflare answered it.' })
  after!: (typeof AuditState)[] | null;
}

@SchemaFields(resultSchema, { status: () => AuditStatus })
@ObjectType({ description: 'What came of it.' })
class AuditResult {}

@SchemaFields(chainSchema, { writer: () => ID })
@ObjectType({ description: 'Where an event stands in the log, which is made of chains of hashes.' })
class AuditChain {}

@SchemaFields(accessSchema)
@ObjectType({ description: 'A change of the access file.' })
class AuditAccess {}

const { ts } = auditEventSchema.shape;

@SchemaFields(auditEventSchema.omit({ ts: true }), {
  op_id: () => ID,
  stage: () => AuditStage,
  entry: () => AuditEntry,
  actor: () => AuditActor,
  credential: () => AuditCredential,
  target: () => AuditTarget,
  cert: () => AuditCertificate,
  change: () => AuditChange,
  access: () => AuditAccess,
  result: () => AuditResult,
  chain: () => AuditChain,
})
@ObjectType({
  implements: () => Node,
  description: 'One step of an operation. What is null was not known.',
})
export class AuditEvent {
  /** Some of the fields that the schema gives. */
  declare readonly opId: string;
  declare readonly stage: ShownEvent['stage'];
  declare readonly target: { readonly zoneId: string } | undefined;

  @SchemaField(ts, () => DateTime)
  at!: string;

  get id(): string {
    return nodeIdOf({
      zoneId: this.target?.zoneId ?? null,
      kind: 'audit_event',
      key: eventKeyOf({ op_id: this.opId, stage: this.stage }),
    });
  }

  /** As REST shows it, under GraphQL's names. */
  static from({
    ts,
    actor,
    credential,
    target,
    cert,
    change,
    access,
    result,
    ...event
  }: ShownEvent): AuditEvent {
    const statesOf = (states: States | null) => states && auditStates(states, event.action);
    return Object.assign(new AuditEvent(), camelCased(event), {
      at: ts,
      actor: actor && camelCased(actor),
      credential: credential && camelCased(credential),
      target: target && camelCased(target),
      cert: cert && camelCased(cert),
      change: change && { before: statesOf(change.before), after: statesOf(change.after) },
      access: access && camelCased(access),
      result: result && camelCased(result),
    });
  }
}

@ObjectType({ description: 'An event, and where it stands in the list.' })
class AuditEventEdge {
  @Field(() => String, { description: 'Opaque: holds while events arrive.' })
  cursor!: string;

  @Field(() => AuditEvent, { description: 'The event.' })
  node!: AuditEvent;
}

@ObjectType({ description: 'A page of audit events, newest first (Relay cursor connections).' })
export class AuditEventConnection {
  @Extensions(isPage)
  @Field(() => [AuditEventEdge], { description: 'The events of this page, with their cursors.' })
  edges!: AuditEventEdge[];

  @Extensions(isPage)
  @Field(() => [AuditEvent], { description: 'The events of this page.' })
  nodes!: AuditEvent[];

  @Field(() => PageInfo, { description: 'The position of this page in the list.' })
  pageInfo!: PageInfo;
}

@SchemaFields(auditFilterSchema, {
  status: () => AuditStatus,
  since: () => DateTime,
  before: () => DateTime,
})
@InputType({ description: 'What to search for: events that fit all that is given.' })
class AuditEventFilter {}

/** Arguments of a field that lists events. */
@ArgsType()
export class AuditEventsArgs {
  @Field(() => AuditEventFilter, { nullable: true, description: 'Which events; all without it.' })
  filter?: AuditEventFilter | null;

  @Field(() => Int, {
    defaultValue: 50,
    description: 'How many; at most 1,000, also of all such fields together.',
  })
  first!: number;

  @Field(() => String, { nullable: true, description: 'The cursor to go on after.' })
  after?: string | null;
}
