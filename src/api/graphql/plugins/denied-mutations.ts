import { type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  getArgumentValues,
  getOperationAST,
  type GraphQLFieldMap,
  type InlineFragmentNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { type Asked, type AuditLog } from '../../../gateway/audit/log/audit-log.js';
import { type GraphQLContext } from '../../context/ctx.decorator.js';
import { type OperationName } from '../../../domain/cloudflare/operations.js';

type Responding = GraphQLRequestContextWillSendResponse<GraphQLContext>;

/** Records in the audit log each change that ends before it was begun: it was refused, wherever that was. */
export function deniedMutationsPlugin(audit: AuditLog): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse: (responding) => {
          const { ctx } = responding.contextValue;
          const asked = ctx.change?.operationId ? null : askedIn(responding);
          if (asked) {
            const codes = ctx.change?.refusal?.codes ?? [];
            audit.denied(ctx, { ...asked, entry: 'graphql' }, { reason: reasonOf(responding), codes });
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Null where no change is named. The document is asked: one that is not valid has no operation. */
function askedIn({ document, request, schema }: Responding): Asked | null {
  const fields = schema.getMutationType()?.getFields();
  if (!document || !fields) return null;
  const operation = getOperationAST(document, request.operationName);
  if (operation?.operation !== OperationTypeNode.MUTATION) return null;
  const field = changeIn(document, operation.selectionSet, fields);
  const definition = field && fields[field.name.value];
  if (!definition) return null;
  const action = definition.extensions['operation'] as OperationName;
  try {
    const { input } = getArgumentValues(definition, field, request.variables);
    const { zoneId, certificateId } = input as Record<string, unknown>;
    return { action, zoneId, certificateId };
  } catch {
    // Arguments of wrong types name no target.
    return { action };
  }
}

/** The first field that is a change, also where it stands in a fragment. Fragments that name each other are gone through once. */
function changeIn(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  fields: GraphQLFieldMap<unknown, unknown>,
  seen = new Set<SelectionSetNode>(),
): FieldNode | undefined {
  for (const each of selections) {
    if (each.kind === Kind.FIELD && fields[each.name.value]) return each;
    const inside = each.kind === Kind.FIELD ? undefined : selectionSetOf(document, each);
    if (!inside || seen.has(inside)) continue;
    const found = changeIn(document, inside, fields, seen.add(inside));
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

interface Refused {
  readonly userErrors?: readonly { readonly code?: unknown }[];
}

/** The code that the caller was given, in lower case. */
function reasonOf({ contextValue, response: { body } }: Responding): string {
  const refusal = contextValue.ctx.change?.refusal;
  if (refusal) return refusal.reason;
  if (body.kind !== 'single') return 'unknown';
  const { data, errors } = body.singleResult;
  const [payload] = Object.values(data ?? {}) as (Refused | null)[];
  const code = payload?.userErrors?.[0]?.code ?? errors?.[0]?.extensions?.['code'];
  return typeof code === 'string' ? code.toLowerCase() : 'unknown';
}
