import { type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { getArgumentValues, getOperationAST, Kind, OperationTypeNode } from 'graphql';
import { type Asked, type AuditLog } from '../../../gateway/audit/log/audit-log.js';
import { type GraphQLContext } from '../../context/ctx.decorator.js';
import { type OperationName } from '../../../domain/cloudflare/operations.js';
import { fieldsIn } from '../results/selected-fields.js';

type Responding = GraphQLRequestContextWillSendResponse<GraphQLContext>;

/** Records in the audit log each change that ends before it was begun: it was refused, wherever that was. */
export function auditDenied(audit: AuditLog, responding: Responding): void {
  const { ctx } = responding.contextValue;
  const asked = ctx.change?.operationId ? null : askedIn(responding);
  if (!asked) return;
  const codes = ctx.change?.refusal?.codes ?? [];
  audit.denied(ctx, { ...asked, entry: 'graphql' }, { reason: reasonOf(responding), codes });
}

/** The first field that is a change; null without one. Read from the document: one that is not valid has no operation. */
function askedIn({ document, request, schema }: Responding): Asked | null {
  const fields = schema.getMutationType()?.getFields();
  if (!document || !fields) return null;
  const operation = getOperationAST(document, request.operationName);
  if (operation?.operation !== OperationTypeNode.MUTATION) return null;
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const fragmentOf = (name: string) => fragments.find((each) => each.name.value === name);
  const field = [...fieldsIn(operation.selectionSet, fragmentOf)].find(({ name }) => fields[name.value]);
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
