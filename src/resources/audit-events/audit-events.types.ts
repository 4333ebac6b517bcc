import { ArgsType, Extensions, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { type z } from 'zod';
import { isPage, mayHold } from '../../api/graphql/limits/operation-size.js';
import { camelCased } from '../../api/graphql/results/camel-cased.js';
import { PageInfo } from '../../api/graphql/results/page-info.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { rfc3339Of } from '../../platform/context/rfc3339.js';
import {
  AuditActorType,
  AuditCredentialKind,
  AuditEntry,
  AuditStage,
  AuditStatus,
} from './audit-events.enums.js';
import {
  actorSchema,
  auditEventSchema,
  auditFilterSchema,
  certificateFactsSchema,
  chainSchema,
  credentialSchema,
  resultSchema,
  type ShownEvent,
  stateSchema,
  targetSchema,
} from './audit-events.schema.js';
import { SchemaFields } from './schema-fields.js';

@SchemaFields(actorSchema.omit({ id: true }), { type: () => AuditActorType })
@ObjectType({ description: 'Who asked.' })
class AuditActor {
  // A cache takes an `id` for that of a node, and would show one actor for all events of an e-mail address.
  @SchemaField(actorSchema.shape.id, () => String, { name: 'identity', nullable: true })
  id!: string;
}

@SchemaFields(credentialSchema, { kind: () => AuditCredentialKind })
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

@SchemaFields(stateSchema, { cert_id: () => ID, expires_on: () => DateTime })
@ObjectType({ description: 'How one thing stood.' })
class AuditState {
  @Field(() => String, { description: 'What stood so: a hostname, a certificate id, or `zone`.' })
  of!: string;

  @Field(() => [String], {
    description: 'Which of the other fields were known: what is null and not named here was not known.',
  })
  known!: string[];
}

@ObjectType({ description: 'What a change changed.' })
class AuditChange {
  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'Before; null where it was not known.' })
  before!: AuditState[] | null;

  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'After, as Cloudflare answered it.' })
  after!: AuditState[] | null;
}

@SchemaFields(resultSchema, { status: () => AuditStatus })
@ObjectType({ description: 'What came of it.' })
class AuditResult {}

@SchemaFields(chainSchema, { writer: () => ID })
@ObjectType({ description: 'Where an event stands in the log, which is made of chains of hashes.' })
class AuditChain {}

@SchemaFields(auditEventSchema, {
  op_id: () => ID,
  stage: () => AuditStage,
  ts: () => DateTime,
  entry: () => AuditEntry,
  actor: () => AuditActor,
  credential: () => AuditCredential,
  target: () => AuditTarget,
  cert: () => AuditCertificate,
  change: () => AuditChange,
  result: () => AuditResult,
  chain: () => AuditChain,
})
@ObjectType({ description: 'One step of an operation. What is null was not known.' })
export class AuditEvent {
  /** As REST shows it, under GraphQL's names. */
  static from({ actor, target, cert, change, result, ...event }: ShownEvent): AuditEvent {
    return {
      ...camelCased(event),
      actor: actor && camelCased(actor),
      target: camelCased(target),
      cert: cert && camelCased(cert),
      change: change && { before: statesFrom(change.before), after: statesFrom(change.after) },
      result: result && camelCased(result),
    };
  }
}

type StateFields = z.output<typeof stateSchema>;

function statesFrom(states: Record<string, StateFields> | null): AuditState[] | null {
  if (states === null) return null;
  return Object.entries(states).map(([of, state]) => {
    const fields = camelCased(withReadableDate(state));
    return { of, known: Object.keys(fields), ...fields };
  });
}

/** Leaves out a date that cannot be read, because null means that the certificate has none. */
function withReadableDate({ expires_on, ...state }: StateFields): StateFields {
  const dateTime = typeof expires_on === 'string' ? (rfc3339Of(expires_on) ?? undefined) : expires_on;
  return dateTime === undefined ? state : { ...state, expires_on: dateTime };
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

  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo;
}

@SchemaFields(auditFilterSchema, {
  status: () => AuditStatus,
  since: () => DateTime,
  before: () => DateTime,
})
@InputType({ description: 'What to search for: events that fit all that is given.' })
class AuditEventFilter {}

/** Arguments of both fields that list events. */
@ArgsType()
export class AuditEventsArgs {
  @Field(() => AuditEventFilter, { nullable: true, description: 'Which events; all of the zone without it.' })
  filter?: AuditEventFilter | null;

  @Field(() => Int, {
    defaultValue: 50,
    description: 'How many; at most 1,000, also of all such fields together.',
  })
  first!: number;

  @Field(() => String, { nullable: true, description: 'The cursor to go on after.' })
  after?: string | null;
}
