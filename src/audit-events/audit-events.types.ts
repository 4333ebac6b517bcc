import {
  ArgsType,
  Extensions,
  Field,
  ID,
  InputType,
  Int,
  ObjectType,
  registerEnumType,
} from '@nestjs/graphql';
import { type z } from 'zod';
import { resultStatuses } from '../audit/event.js';
import { rfc3339Of } from '../context/rfc3339.js';
import { camelCased, type CamelCased } from '../graphql/camel-cased.js';
import { isPage, mayHold } from '../graphql/operation-size.js';
import { PageInfo } from '../graphql/page-info.js';
import { DateTime } from '../graphql/scalars.js';
import { SchemaField } from '../graphql/schema-field.js';
import {
  actorSchema,
  auditEntries,
  auditEventSchema,
  auditFilterSchema,
  auditStages,
  certificateFactsSchema,
  chainSchema,
  credentialKinds,
  credentialSchema,
  resultSchema,
  type ShownEvent,
  stateSchema,
  targetSchema,
} from './audit-events.schema.js';

/** Under GraphQL's names: `not_sent` is `NOT_SENT`. */
function enumOf<T extends string>(values: readonly T[]): Record<Uppercase<T>, T> {
  return Object.fromEntries(values.map((value) => [value.toUpperCase(), value])) as Record<Uppercase<T>, T>;
}

const AuditStage = enumOf(auditStages);
const AuditStatus = enumOf(resultStatuses);
const AuditEntry = enumOf(auditEntries);
const AuditActorType = enumOf(actorSchema.shape.type.options);
const AuditCredentialKind = enumOf(credentialKinds);

registerEnumType(AuditStage, {
  name: 'AuditStage',
  description: 'Which step of an operation an event tells of.',
  valuesMap: {
    INTENT: { description: 'Stored before Cloudflare is called.' },
    OUTCOME: { description: 'What came of the call.' },
    LATE: { description: 'The true outcome, known after the operation had been given up as unknown.' },
    NOT_SENT: { description: 'Takes an intent back: nothing was sent.' },
    DENIED: { description: 'Refused before anything was intended.' },
    READ: { description: 'Somebody searched this log.' },
  },
});

registerEnumType(AuditStatus, {
  name: 'AuditStatus',
  description: 'What came of a change.',
  valuesMap: {
    SUCCESS: { description: 'It was made.' },
    FAILURE: { description: 'It was not made.' },
    UNKNOWN: { description: 'Cloudflare may have made it, or not.' },
    DENIED: { description: 'It was refused before anything was sent.' },
  },
});

registerEnumType(AuditEntry, {
  name: 'AuditEntry',
  description: 'Which way something came in.',
  valuesMap: {
    REST: { description: 'Over REST.' },
    GRAPHQL: { description: 'Over GraphQL.' },
    RECOVERY: { description: 'By the gateway, which found an intent that nobody would end any more.' },
    CLI: { description: 'By a command.' },
  },
});

registerEnumType(AuditActorType, {
  name: 'AuditActorType',
  description: 'What kind of actor it was.',
  valuesMap: {
    USER: { description: 'Whoever the credential belongs to.' },
    UNKNOWN: { description: 'No credential was sent.' },
    SYSTEM: { description: 'The gateway by itself.' },
  },
});

registerEnumType(AuditCredentialKind, {
  name: 'AuditCredentialKind',
  description: 'What kind of credential it was.',
  valuesMap: {
    API_TOKEN: { description: 'A token.' },
    API_KEY: { description: 'An e-mail address with its key.' },
  },
});

const maybe = { nullable: true };

@ObjectType({ description: 'Who asked.' })
class AuditActor {
  @SchemaField(actorSchema.shape.type, () => AuditActorType)
  type!: string;

  @SchemaField(actorSchema.shape.id, () => String, maybe)
  id?: string | undefined;

  @SchemaField(actorSchema.shape.fingerprint, () => String, maybe)
  fingerprint?: string | undefined;

  @SchemaField(actorSchema.shape.verified)
  verified!: boolean;

  @SchemaField(actorSchema.shape.ip, () => String, maybe)
  ip?: string | undefined;

  @SchemaField(actorSchema.shape.user_agent, () => String, maybe)
  userAgent?: string | undefined;
}

@ObjectType({ description: 'What an actor was known by.' })
class AuditCredential {
  @SchemaField(credentialSchema.shape.kind, () => AuditCredentialKind)
  kind!: string;

  @SchemaField(credentialSchema.shape.fingerprint)
  fingerprint!: string;
}

@ObjectType({ description: 'What an event is about.' })
class AuditTarget {
  @SchemaField(targetSchema.shape.zone_id, () => ID)
  zoneId!: string;

  @SchemaField(targetSchema.shape.certificate_id, () => ID, maybe)
  certificateId?: string | undefined;

  @SchemaField(targetSchema.shape.hostnames, () => [String], maybe)
  hostnames?: string[] | undefined;

  @SchemaField(targetSchema.shape.hostnames_left_out, () => Int, maybe)
  hostnamesLeftOut?: number | undefined;
}

@ObjectType({ description: 'What is known of an uploaded certificate.' })
class AuditCertificate {
  @SchemaField(certificateFactsSchema.shape.sha256)
  sha256!: string;

  @SchemaField(certificateFactsSchema.shape.serial)
  serial!: string;

  @SchemaField(certificateFactsSchema.shape.spki_sha256)
  spkiSha256!: string;

  @SchemaField(certificateFactsSchema.shape.not_before, () => DateTime, maybe)
  notBefore!: string;

  @SchemaField(certificateFactsSchema.shape.not_after, () => DateTime, maybe)
  notAfter!: string;

  @SchemaField(certificateFactsSchema.shape.key_type)
  keyType!: string;

  @SchemaField(certificateFactsSchema.shape.key_bits, () => Int, maybe)
  keyBits?: number | undefined;

  @SchemaField(certificateFactsSchema.shape.issuer_cn, () => String, maybe)
  issuerCn?: string | undefined;
}

type StateFields = z.output<typeof stateSchema>;

/** A date that cannot be read is not known: null would say that there is none. */
function withReadableDate({ expires_on, ...state }: StateFields): StateFields {
  const dateTime = typeof expires_on === 'string' ? rfc3339Of(expires_on) : expires_on;
  const isUnreadable = typeof expires_on === 'string' && dateTime === null;
  return dateTime === undefined || isUnreadable ? state : { ...state, expires_on: dateTime };
}

@ObjectType({ description: 'How one thing stood.' })
class AuditState {
  @Field(() => String, { description: 'What stood so: a hostname, a certificate id, or `zone`.' })
  of!: string;

  @Field(() => [String], {
    description: 'Which of the other fields were known: what is null and not named here was not known.',
  })
  known!: string[];

  @SchemaField(stateSchema.shape.enabled, () => Boolean)
  enabled?: boolean | null | undefined;

  @SchemaField(stateSchema.shape.cert_id, () => ID)
  certId?: string | null | undefined;

  @SchemaField(stateSchema.shape.status, () => String)
  status?: string | null | undefined;

  @SchemaField(stateSchema.shape.expires_on, () => DateTime)
  expiresOn?: string | null | undefined;

  static allFrom(states: Record<string, StateFields> | null): AuditState[] | null {
    if (states === null) return null;
    return Object.entries(states).map(([of, state]) => {
      const fields = camelCased(withReadableDate(state));
      return { of, known: Object.keys(fields), ...fields };
    });
  }
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

@ObjectType({ description: 'What came of it.' })
class AuditResult {
  @SchemaField(resultSchema.shape.status, () => AuditStatus)
  status!: string;

  @SchemaField(resultSchema.shape.http_status, () => Int, maybe)
  httpStatus?: number | undefined;

  @SchemaField(resultSchema.shape.codes, () => [Int], maybe)
  codes?: number[] | undefined;

  @SchemaField(resultSchema.shape.cf_ray, () => String, maybe)
  cfRay?: string | undefined;

  @SchemaField(resultSchema.shape.duration_ms, () => Int, maybe)
  durationMs?: number | undefined;

  @SchemaField(resultSchema.shape.reason, () => String, maybe)
  reason?: string | undefined;
}

@ObjectType({ description: 'Where an event stands in the log, which is made of chains of hashes.' })
class AuditChain {
  @SchemaField(chainSchema.shape.writer, () => ID)
  writer!: string;

  @SchemaField(chainSchema.shape.seq, () => Int)
  seq!: number;

  @SchemaField(chainSchema.shape.hash)
  hash!: string;

  @SchemaField(chainSchema.shape.prev)
  prev!: string;

  @SchemaField(chainSchema.shape.kid)
  kid!: string;
}

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

/** Of both fields that list events. */
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
