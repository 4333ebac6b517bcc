import { type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { type FieldNode, getArgumentValues, Kind } from 'graphql';
import { type AuditLog } from '../audit/audit-log.js';
import { type AuditEvent, type Target } from '../audit/event.js';
import { type GraphQLContext } from '../context/ctx.decorator.js';
import { identifierProblem } from '../upstream/call-url.js';
import { type OperationName } from '../upstream/operations.js';

const actions: Readonly<Record<string, OperationName>> = {
  uploadZoneCertificate: 'zone_certificate.upload',
  deleteZoneCertificate: 'zone_certificate.delete',
  uploadHostnameCertificate: 'hostname_certificate.upload',
  deleteHostnameCertificate: 'hostname_certificate.delete',
  updateHostnames: 'hostname.update',
  updateZoneSettings: 'settings.update',
};

type Responding = GraphQLRequestContextWillSendResponse<GraphQLContext>;

/** A change that ends without having been intended was refused, wherever that was: it leaves that in the audit log. */
export function deniedMutationsPlugin(audit: AuditLog): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse: (responding) => {
          const { contextValue, operation } = responding;
          const { ctx } = contextValue;
          if (operation?.operation === 'mutation' && ctx.operationId === null) {
            audit.denied(ctx, whatOf(responding), {
              reason: reasonOf(responding),
              codes: ctx.refusal?.codes ?? [],
            });
          }
          return Promise.resolve();
        },
      }),
  };
}

function whatOf({ operation, request, schema }: Responding): Pick<AuditEvent, 'action' | 'target'> {
  const field = operation?.selectionSet.selections.find(
    (each): each is FieldNode => each.kind === Kind.FIELD,
  );
  const definition = field && schema.getMutationType()?.getFields()[field.name.value];
  const action = field && actions[field.name.value];
  if (!definition || !action) return {};
  try {
    const { input } = getArgumentValues(definition, field, request.variables);
    return { action, ...targetOf(input as Record<string, unknown>) };
  } catch {
    // What does not even have the right types names nothing.
    return { action };
  }
}

/** What is no identifier is not written down: it may be anything. */
function targetOf({ zoneId, certificateId }: Record<string, unknown>): { target?: Target } {
  if (typeof zoneId !== 'string' || identifierProblem('zone_id', zoneId)) return {};
  const isId = typeof certificateId === 'string' && !identifierProblem('certificate_id', certificateId);
  return { target: { zone_id: zoneId, ...(isId && { certificate_id: certificateId.toLowerCase() }) } };
}

interface Refused {
  readonly userErrors?: readonly { readonly code?: unknown }[];
}

/** The code that the caller was given, in lower case. */
function reasonOf({ contextValue, response: { body } }: Responding): string {
  const { refusal } = contextValue.ctx;
  if (refusal) return refusal.reason;
  if (body.kind !== 'single') return 'unknown';
  const { data, errors } = body.singleResult;
  const [payload] = Object.values(data ?? {}) as (Refused | null)[];
  const code = payload?.userErrors?.[0]?.code ?? errors?.[0]?.extensions?.['code'];
  return typeof code === 'string' ? code.toLowerCase() : 'unknown';
}
