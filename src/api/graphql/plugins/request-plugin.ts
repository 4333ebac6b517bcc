import { type ApolloServerPlugin, type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { type GraphQLFormattedError } from 'graphql';
import { type AuditLog } from '../../../gateway/audit/log/audit-log.js';
import { ClientGone } from '../../../gateway/request/request-context.js';
import { errorKinds, GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Load } from '../../../platform/load/load.js';
import { describeError } from '../../../platform/telemetry/describe-error.js';
import { type Logger } from '../../../platform/telemetry/logger.js';
import { auditHeaders } from '../../representation/audit-headers.js';
import { type BoundedContext } from '../limits/answer-budget.js';
import { costExtension, costExtensionHeader } from '../limits/cost-extension.js';
import { type DocumentContext, execute } from '../documents/document-to-execute.js';
import { refuseExceeded, refuseOversized } from '../limits/refuse-answer.js';
import { noteWhole, type WholeContext } from '../whole/candidate.js';
import { auditDenied } from './audit-denied.js';
import { cacheExtension, cacheExtensionHeader } from '../whole/cache-extension.js';
import { deprecatedFieldsIn } from './deprecated-fields.js';
import { refuseReads } from './refuse-reads.js';
import { type LoggableNames } from './operation-name.js';
import { refuseUnacceptable } from './refuse-unacceptable.js';

/** What the gateway does at each step of an operation, in this order. */
export function requestPlugin(
  log: Logger,
  names: LoggableNames,
  audit: AuditLog,
  load: Load,
): ApolloServerPlugin<BoundedContext & DocumentContext & WholeContext> {
  return {
    requestDidStart: ({ request, contextValue: { document } }) => {
      if (document !== null) execute(document, request);
      // GraphQL over HTTP: an empty name counts as absent. Apollo would look for an operation of that name.
      if (request.operationName === '') delete request.operationName;
      let upstreamCalls = 0;
      return Promise.resolve({
        didResolveOperation: (resolved) => {
          refuseReads(load, resolved);
          refuseUnacceptable(resolved);
          upstreamCalls = refuseOversized(resolved);
          const { contextValue, operationName, queryHash, document, schema } = resolved;
          contextValue.ctx.graphql = {
            name: names.shown(operationName),
            hash: queryHash,
            deprecatedFields: deprecatedFieldsIn(document, schema),
          };
          return Promise.resolve();
        },
        didEncounterErrors: ({ contextValue, errors }) => {
          const { requestId } = contextValue.ctx;
          // Fields that shared one failed call fail with the same error: it is logged once.
          for (const failure of new Set(errors.filter(isFailure).map(({ originalError }) => originalError))) {
            log.error({ requestId, error: describeError(failure) }, 'request failed');
          }
          return Promise.resolve();
        },
        willSendResponse: (responding) => {
          refuseExceeded(responding);
          addRequest(responding, upstreamCalls);
          noteWhole(responding);
          auditDenied(audit, responding);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Adds the headers of the request, the extensions that it asks for, and the request id of each error. */
function addRequest(
  {
    contextValue: { ctx },
    request,
    response: { body, http },
  }: GraphQLRequestContextWillSendResponse<BoundedContext>,
  upstreamCalls: number,
): void {
  http.headers.set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(auditHeaders(ctx.change))) http.headers.set(name, value);
  if (body.kind !== 'single') return;
  const { singleResult: result } = body;
  if (request.http?.headers.has(cacheExtensionHeader)) {
    result.extensions = {
      ...result.extensions,
      cache: cacheExtension(ctx.readOutcomes.map(({ cache }) => cache)),
    };
  }
  if (request.http?.headers.has(costExtensionHeader)) {
    result.extensions = { ...result.extensions, cost: costExtension(upstreamCalls) };
  }
  if (!result.errors) return;
  result.errors = result.errors.map((error): GraphQLFormattedError => ({
    ...error,
    extensions: { ...error.extensions, requestId: ctx.requestId },
  }));
}

/** Whether the gateway or Cloudflare failed. Errors of the caller are not logged. */
function isFailure({ path, originalError }: { path?: unknown; originalError?: unknown }): boolean {
  if (originalError instanceof ClientGone) return false;
  if (originalError instanceof GatewayError) return errorKinds[originalError.kind].isFailure;
  return path !== undefined && originalError instanceof Error && originalError.name !== 'GraphQLError';
}
