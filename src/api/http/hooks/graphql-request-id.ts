import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { type Hook } from '../server/hook.js';

/** Adds the request id to errors that Apollo answers before its plugins run. */
export const addRequestIdToErrors: Hook = (fastify) => {
  fastify.addHook('onSend', ({ id, routeOptions }, { statusCode }, payload, done) => {
    const isRefusal = routeOptions.url === graphqlPath && statusCode >= 400 && typeof payload === 'string';
    done(null, isRefusal ? withRequestId(payload, id) : payload);
  });
};

function withRequestId(payload: string, requestId: string): string {
  const { errors, ...rest } = JSON.parse(payload) as { errors?: { extensions?: object }[] };
  if (!errors) return payload;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}
