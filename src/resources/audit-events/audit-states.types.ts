import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { globalLevel, zone } from '../../gateway/audit/log/audited-operations.js';
import { isId } from '../../gateway/audit/log/names.js';
import { type State, stateSchema, type States } from '../../gateway/audit/record/event.js';
import { rfc3339Of } from '../../platform/context/rfc3339.js';

const { enabled, cert_id, status, expires_on } = stateSchema.shape;

/** The field that all states have. */
@ObjectType({ isAbstract: true })
abstract class KnownFields {
  @Field(() => [String], {
    description:
      'The names of the fields that were known. A field that is null and not named here was not known.',
  })
  known!: string[];
}

@ObjectType({ description: 'The state of the settings of the zone level.' })
class AuditSettingsState extends KnownFields {
  @SchemaField(enabled, () => Boolean, { nullable: true, description: 'Whether the zone level is on.' })
  enabled?: boolean | null;
}

@ObjectType({ description: 'The state of the global level.' })
export class AuditGlobalLevelState extends KnownFields {
  @SchemaField(enabled, () => Boolean, { nullable: true, description: 'Whether the global level is on.' })
  enabled?: boolean | null;
}

@ObjectType({ description: 'The state of the association of a hostname.' })
class AuditHostnameState extends KnownFields {
  @Field(() => String, { description: 'The hostname, in A-labels.' })
  hostname!: string;

  @SchemaField(enabled, () => Boolean, { nullable: true })
  enabled?: boolean | null;

  @SchemaField(cert_id, () => ID, { nullable: true })
  certificateId?: string | null;

  @SchemaField(status, () => String, { nullable: true })
  status?: string | null;

  @SchemaField(expires_on, () => DateTime, { nullable: true })
  expiresOn?: string | null;
}

@ObjectType({ description: 'The state of a certificate.' })
class AuditCertificateState extends KnownFields {
  // Not `certificateId`: a query could not ask for it beside that of a hostname, which may be null.
  @Field(() => String, { description: "Cloudflare's identifier of the certificate." })
  cloudflareId!: string;

  @SchemaField(status, () => String, { nullable: true })
  status?: string | null;

  @SchemaField(expires_on, () => DateTime, { nullable: true })
  expiresOn?: string | null;
}

export const AuditState = createUnionType({
  name: 'AuditState',
  description: 'The state of one thing before or after a change. Later versions may add types.',
  types: () =>
    [AuditSettingsState, AuditGlobalLevelState, AuditHostnameState, AuditCertificateState] as const,
});

/** The states of a change, each as the type of what it belongs to. */
export function auditStates(states: States, action: string | undefined): (typeof AuditState)[] {
  return Object.entries(states).map(([name, state]) => auditState(name, state, action));
}

function auditState(name: string, state: State, action = ''): typeof AuditState {
  const { enabled, cert_id: certificateId, status } = state;
  const expiresOn = readable(state.expires_on);
  if (name === zone) return known(new AuditSettingsState(), { enabled });
  if (name === globalLevel) return known(new AuditGlobalLevelState(), { enabled });
  // A hostname may look like an id.
  return isId(name) && action !== 'hostname.update'
    ? known(Object.assign(new AuditCertificateState(), { cloudflareId: name }), { status, expiresOn })
    : known(Object.assign(new AuditHostnameState(), { hostname: name }), {
        ...{ enabled, certificateId },
        ...{ status, expiresOn },
      });
}

/** @param fields undefined if they are not known */
function known<T extends KnownFields>(state: T, fields: { [Name in keyof T]?: T[Name] | undefined }): T {
  const names = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return Object.assign(state, fields, { known: names });
}

/** Undefined if the date cannot be read, because null means that the certificate has none. */
function readable(date: string | null | undefined): string | null | undefined {
  return typeof date === 'string' ? (rfc3339Of(date) ?? undefined) : date;
}
