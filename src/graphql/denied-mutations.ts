import { type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  getArgumentValues,
  getOperationAST,
  type InlineFragmentNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { type AuditLog } from '../audit/log/audit-log.js';
import { type AuditEvent, type Target } from '../audit/record/event.js';
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
          const { ctx } = responding.contextValue;
          const what = ctx.operationId === null && whatOf(responding);
          if (what) {
            audit.denied(
              ctx,
              { ...what, entry: 'graphql' },
              { reason: reasonOf(responding), codes: ctx.refusal?.codes ?? [] },
            );
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Null where no change is named. Asked of the document: one that is not valid has no operation. */
function whatOf({ document, request, schema }: Responding): Pick<AuditEvent, 'action' | 'target'> | null {
  if (!document) return null;
  const operation = getOperationAST(document, request.operationName);
  const field =
    operation?.operation === OperationTypeNode.MUTATION && changeIn(document, operation.selectionSet);
  const definition = field && schema.getMutationType()?.getFields()[field.name.value];
  const action = field && actions[field.name.value];
  if (!definition || !action) return null;
  try {
    const { input } = getArgumentValues(definition, field, request.variables);
    return { action, ...targetOf(input as Record<string, unknown>) };
  } catch {
    // What does not even have the right types names nothing.
    return { action };
  }
}

/** The first field that is a change, also where it stands in a fragment. Fragments that name each other are gone through once. */
function changeIn(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  seen = new Set<SelectionSetNode>(),
): FieldNode | undefined {
  for (const each of selections) {
    if (each.kind === Kind.FIELD && each.name.value in actions) return each;
    const inside = each.kind === Kind.FIELD ? undefined : selectionSetOf(document, each);
    if (!inside || seen.has(inside)) continue;
    const found = changeIn(document, inside, seen.add(inside));
    if (found) return found;
  }
  return undefined;
}

function selectionSetOf(
  { definitions }: DocumentNode,
  spread: FragmentSpreadNode | InlineFragmentNode,
): SelectionSetNode | undefined {
  if (spread.kind === Kind.INLINE_FRAGMENT) return spread.selectionSet;
  return definitions
    .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
    .find(({ name }) => name.value === spread.name.value)?.selectionSet;
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
