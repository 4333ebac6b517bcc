import { Extensions, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { type z } from 'zod';
import { rfc3339Of } from '../../platform/context/rfc3339.js';
import { camelCased } from '../../api/graphql/results/camel-cased.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { AuditActorType, AuditCredentialKind, AuditStatus } from './audit-events.enums.js';
import {
  actorSchema,
  certificateFactsSchema,
  chainSchema,
  credentialSchema,
  resultSchema,
  stateSchema,
  targetSchema,
} from './audit-events.schema.js';

export const maybe = { nullable: true };

@ObjectType({ description: 'Who asked.' })
export class AuditActor {
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
export class AuditCredential {
  @SchemaField(credentialSchema.shape.kind, () => AuditCredentialKind)
  kind!: string;

  @SchemaField(credentialSchema.shape.fingerprint)
  fingerprint!: string;
}

@ObjectType({ description: 'What an event is about.' })
export class AuditTarget {
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
export class AuditCertificate {
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

/** Leaves out a date that cannot be read, because null would say that there is none. */
function withReadableDate({ expires_on, ...state }: StateFields): StateFields {
  const dateTime = typeof expires_on === 'string' ? rfc3339Of(expires_on) : expires_on;
  const isUnreadable = typeof expires_on === 'string' && dateTime === null;
  return dateTime === undefined || isUnreadable ? state : { ...state, expires_on: dateTime };
}

@ObjectType({ description: 'How one thing stood.' })
export class AuditState {
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
export class AuditChange {
  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'Before; null where it was not known.' })
  before!: AuditState[] | null;

  @Extensions(mayHold(10))
  @Field(() => [AuditState], { nullable: true, description: 'After, as Cloudflare answered it.' })
  after!: AuditState[] | null;
}

@ObjectType({ description: 'What came of it.' })
export class AuditResult {
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
export class AuditChain {
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
