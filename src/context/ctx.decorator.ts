import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type RequestContext } from './request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the first hook of every request. */
    ctx: RequestContext;
  }
}

/** The `RequestContext` of this request. */
export const Ctx = createParamDecorator(
  (_data: unknown, host: ExecutionContext) => host.switchToHttp().getRequest<FastifyRequest>().ctx,
);
