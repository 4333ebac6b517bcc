import { registerEnumType } from '@nestjs/graphql';
import { enumOf } from '../../api/graphql/schema/enum-of.js';
import { type Actor, type ResultStatus } from '../../gateway/audit/record/event.js';
import { type ShownEvent } from './audit-events.schema.js';

/** A GraphQL enum with a description for each of its values. */
function describedEnum<T extends string>(name: string, description: string, values: Record<T, string>) {
  const type = enumOf(Object.keys(values) as T[]);
  const described = Object.entries<string>(values).map(([value, text]) => [
    value.toUpperCase(),
    { description: text },
  ]);
  registerEnumType(type, { name, description, valuesMap: Object.fromEntries(described) as object });
  return type;
}

export const AuditStage = describedEnum<ShownEvent['stage']>(
  'AuditStage',
  'The step of an operation that an event records.',
  {
    intent: 'Stored before Cloudflare is called.',
    outcome: 'The result of the call.',
    late: 'The true result, stored after the operation had been recorded as unknown.',
    not_sent: 'The intent was taken back: nothing was sent.',
    denied: 'The change was refused before an intent was stored.',
    access: 'The access file has changed.',
    read: 'The log was searched.',
  },
);

export const AuditStatus = describedEnum<ResultStatus>('AuditStatus', 'The result of a change.', {
  success: 'It was made.',
  failure: 'It was not made.',
  unknown: 'Cloudflare may have made it, or not.',
  denied: 'It was refused before anything was sent.',
});

type Entry = NonNullable<ShownEvent['entry']>;
export const AuditEntry = describedEnum<Entry>('AuditEntry', 'The interface of a request.', {
  rest: 'REST.',
  graphql: 'GraphQL.',
  recovery: 'The gateway itself, for an intent that has no outcome.',
  cli: 'A command.',
});

export const AuditActorType = describedEnum<Actor['type']>('AuditActorType', 'The kind of an actor.', {
  user: 'The holder of a credential.',
  service: 'The holder of an API key of the gateway.',
  unknown: 'No credential was sent.',
  system: 'The gateway itself.',
});

type Kind = NonNullable<ShownEvent['credential']>['kind'];
export const AuditCredentialKind = describedEnum<Kind>('AuditCredentialKind', 'The kind of a credential.', {
  api_token: 'An API token.',
  api_key: 'An e-mail address with its API key.',
});
