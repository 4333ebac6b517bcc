import { type ApolloServerPlugin } from '@apollo/server';
import { type GraphQLFormattedError } from 'graphql';
import { type GraphQLContext } from '../context/ctx.decorator.js';
import { type CacheOutcome } from '../context/request-context.js';
import { errorKinds, GatewayError } from '../errors/gateway-error.js';
import { describeError } from '../logging/describe-error.js';
import { type Logger } from '../logging/logger.js';
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
        willSendResponse: ({ contextValue, response: { body, http } }) => {
          http.headers.set('cache-control', 'no-store');
          // Cloudflare's answer stands; its audit record is written later.
          if (contextValue.ctx.isAuditPending) http.headers.set('audit-outcome', 'pending');
          if (body.kind !== 'single') return Promise.resolve();
          const { requestId, cacheOutcomes, headers } = contextValue.ctx;
          if (headers['x-cache-extensions'] !== undefined) {
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

/** Whether an error is a failure of the gateway or of Cloudflare, in contrast to a mistake of the caller. */
function isFailure({ path, originalError }: { path?: unknown; originalError?: unknown }): boolean {
  if (originalError instanceof GatewayError) return errorKinds[originalError.kind].isFailure;
  return path !== undefined && originalError instanceof Error && originalError.name !== 'GraphQLError';
}
