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
  'Which step of an operation an event tells of.',
  {
    intent: 'Stored before Cloudflare is called.',
    outcome: 'What came of the call.',
    late: 'The true outcome, known after the operation had been given up as unknown.',
    not_sent: 'Takes an intent back: nothing was sent.',
    denied: 'Refused before anything was intended.',
    read: 'Somebody searched this log.',
  },
);

export const AuditStatus = describedEnum<ResultStatus>('AuditStatus', 'What came of a change.', {
  success: 'It was made.',
  failure: 'It was not made.',
  unknown: 'Cloudflare may have made it, or not.',
  denied: 'It was refused before anything was sent.',
});

type Entry = NonNullable<ShownEvent['entry']>;
export const AuditEntry = describedEnum<Entry>('AuditEntry', 'Which way something came in.', {
  rest: 'Over REST.',
  graphql: 'Over GraphQL.',
  recovery: 'By the gateway, which found an intent that nobody would end any more.',
  cli: 'By a command.',
});

export const AuditActorType = describedEnum<Actor['type']>('AuditActorType', 'What kind of actor it was.', {
  user: 'Whoever the credential belongs to.',
  unknown: 'No credential was sent.',
  system: 'The gateway by itself.',
});

type Kind = NonNullable<ShownEvent['credential']>['kind'];
export const AuditCredentialKind = describedEnum<Kind>(
  'AuditCredentialKind',
  'What kind of credential it was.',
  { api_token: 'A token.', api_key: 'An e-mail address with its key.' },
);
