import { type ApolloServerPlugin } from '@apollo/server';
import { type GraphQLFormattedError } from 'graphql';
import { type GraphQLContext } from '../../context/ctx.decorator.js';
import { type CacheOutcome } from '../../../domain/cloudflare/answer.js';
import { ClientGone } from '../../../gateway/request/request-context.js';
import { errorKinds, GatewayError } from '../../../platform/errors/gateway-error.js';
import { describeError } from '../../../platform/telemetry/describe-error.js';
import { type Logger } from '../../../platform/telemetry/logger.js';
import { type LoggableNames } from './operation-name.js';

/** Joins an operation to its request: its name in the log line, the request's id in its errors. */
export function requestPlugin(log: Logger, names: LoggableNames): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ contextValue, operationName, queryHash }) => {
          contextValue.ctx.graphql = { name: names.shown(operationName), hash: queryHash };
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
        willSendResponse: ({ contextValue, request, response: { body, http } }) => {
          http.headers.set('cache-control', 'no-store');
          // The change is made; its outcome is recorded later.
          if (contextValue.ctx.change?.isAuditPending) http.headers.set('audit-outcome', 'pending');
          if (body.kind !== 'single') return Promise.resolve();
          const { requestId, cacheOutcomes } = contextValue.ctx;
          if (request.http?.headers.has('x-cache-extensions')) {
            body.singleResult.extensions = {
              ...body.singleResult.extensions,
              cache: summaryOf(cacheOutcomes),
            };
          }
          if (!body.singleResult.errors) return Promise.resolve();
          body.singleResult.errors = body.singleResult.errors.map((error): GraphQLFormattedError => ({
            ...error,
            extensions: { ...error.extensions, requestId },
          }));
          return Promise.resolve();
        },
      }),
  };
}

/** The cache outcomes of an operation: the number of each kind, the highest age, the lowest time to live. */
function summaryOf(outcomes: readonly CacheOutcome[]) {
  const count = (how: string) => outcomes.filter((outcome) => outcome.how === how).length;
  const ttls = outcomes.flatMap(({ ttlSeconds }) => (ttlSeconds === null ? [] : [ttlSeconds]));
  return {
    hits: count('hit'),
    misses: count('miss'),
    stale: count('stale'),
    bypasses: count('bypass'),
    ageSeconds: Math.max(0, ...outcomes.map(({ ageSeconds }) => ageSeconds)),
    ttlSeconds: ttls.length > 0 ? Math.min(...ttls) : null,
  };
}

/** Whether the gateway or Cloudflare failed: errors of the caller are told to the caller alone. */
function isFailure({ path, originalError }: { path?: unknown; originalError?: unknown }): boolean {
  if (originalError instanceof ClientGone) return false;
  if (originalError instanceof GatewayError) return errorKinds[originalError.kind].isFailure;
  return path !== undefined && originalError instanceof Error && originalError.name !== 'GraphQLError';
}
