import { registerEnumType } from '@nestjs/graphql';
import { resultStatuses } from '../../gateway/audit/record/event.js';
import { actorSchema, auditEntries, auditStages, credentialKinds } from './audit-events.schema.js';

/** By the names of GraphQL: `NOT_SENT` for `not_sent`. */
function enumOf<T extends string>(values: readonly T[]): Record<Uppercase<T>, T> {
  return Object.fromEntries(values.map((value) => [value.toUpperCase(), value])) as Record<Uppercase<T>, T>;
}

export const AuditStage = enumOf(auditStages);
export const AuditStatus = enumOf(resultStatuses);
export const AuditEntry = enumOf(auditEntries);
export const AuditActorType = enumOf(actorSchema.shape.type.options);
export const AuditCredentialKind = enumOf(credentialKinds);

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
