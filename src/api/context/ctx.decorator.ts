import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type RequestContext } from '../../gateway/request/request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the first hook of every request. */
    ctx: RequestContext;
  }
}

/** What GraphQL hands to every resolver. */
export interface GraphQLContext {
  readonly ctx: RequestContext;
}

/** The `RequestContext` of this request, in a controller as in a resolver. */
export const Ctx = createParamDecorator((_data: unknown, host: ExecutionContext): RequestContext => {
  const isGraphQL = host.getType<'http' | 'graphql'>() === 'graphql';
  return isGraphQL
    ? host.getArgByIndex<GraphQLContext>(2).ctx
    : host.switchToHttp().getRequest<FastifyRequest>().ctx;
});
