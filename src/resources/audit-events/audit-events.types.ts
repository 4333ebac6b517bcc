import { ArgsType, Extensions, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { camelCased, type CamelCased } from '../../api/graphql/results/camel-cased.js';
import { isPage } from '../../api/graphql/limits/operation-size.js';
import { PageInfo } from '../../api/graphql/results/page-info.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import {
  AuditActor,
  AuditCertificate,
  AuditChain,
  AuditChange,
  AuditCredential,
  AuditResult,
  AuditState,
  AuditTarget,
  maybe,
} from './audit-event-parts.types.js';
import { AuditEntry, AuditStage, AuditStatus } from './audit-events.enums.js';
import { auditEventSchema, auditFilterSchema, type ShownEvent } from './audit-events.schema.js';

const { shape } = auditEventSchema;

@ObjectType({ description: 'One step of an operation. What is null was not known.' })
export class AuditEvent {
  @SchemaField(shape.op_id, () => ID)
  opId!: string;

  @SchemaField(shape.stage, () => AuditStage)
  stage!: string;

  @SchemaField(shape.ts, () => DateTime)
  ts!: string;

  @SchemaField(shape.action, () => String, maybe)
  action?: string | undefined;

  @SchemaField(shape.entry, () => AuditEntry, maybe)
  entry?: string | undefined;

  @SchemaField(shape.actor, () => AuditActor, maybe)
  actor?: AuditActor | undefined;

  @SchemaField(shape.credential, () => AuditCredential, maybe)
  credential?: AuditCredential | undefined;

  @SchemaField(shape.request_id, () => String, maybe)
  requestId?: string | undefined;

  @SchemaField(shape.trace_id, () => String, maybe)
  traceId?: string | undefined;

  @SchemaField(shape.target, () => AuditTarget)
  target!: AuditTarget;

  @SchemaField(shape.cert, () => AuditCertificate, maybe)
  cert?: AuditCertificate | null | undefined;

  @SchemaField(shape.change, () => AuditChange, maybe)
  change?: AuditChange | undefined;

  @SchemaField(shape.result, () => AuditResult, maybe)
  result?: AuditResult | undefined;

  @SchemaField(shape.count, () => Int, maybe)
  count?: number | undefined;

  @SchemaField(shape.chain, () => AuditChain)
  chain!: AuditChain;

  static from({ actor, target, cert, change, result, ...event }: ShownEvent): AuditEvent {
    return {
      ...camelCased(event),
      actor: inCamels(actor),
      target: camelCased(target),
      cert: cert && camelCased(cert),
      change: change && {
        before: AuditState.allFrom(change.before),
        after: AuditState.allFrom(change.after),
      },
      result: inCamels(result),
    };
  }
}

function inCamels<T extends object>(wire: T | undefined): CamelCased<T> | undefined {
  return wire && camelCased(wire);
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

const { shape: by } = auditFilterSchema;

@InputType({ description: 'What to search for: events that fit all that is given.' })
export class AuditEventFilter {
  @SchemaField(by.action, () => String, maybe)
  action?: string | null;

  @SchemaField(by.actor, () => String, maybe)
  actor?: string | null;

  @SchemaField(by.status, () => AuditStatus, maybe)
  status?: string | null;

  @SchemaField(by.target, () => String, maybe)
  target?: string | null;

  @SchemaField(by.since, () => DateTime, maybe)
  since?: string | null;

  @SchemaField(by.before, () => DateTime, maybe)
  before?: string | null;

  @SchemaField(by.request_id, () => String, maybe)
  requestId?: string | null;

  @SchemaField(by.incomplete, () => Boolean, maybe)
  incomplete?: boolean | null;
}

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
