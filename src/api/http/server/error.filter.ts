import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, NotFoundException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest, type onRouteHookHandler } from 'fastify';
import { errorKinds, GatewayError } from '../../../platform/errors/gateway-error.js';
import { refusalBody } from '../../graphql/errors/refusal-body.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { describeError } from '../../../platform/telemetry/describe-error.js';
import { LOG, type Logger } from '../../../platform/telemetry/logger.js';
import { ClientGone } from '../../../gateway/request/request-context.js';
import { malformedIdentifier } from '../../../domain/cloudflare/call-url.js';
import { restErrorOf } from '../../rest/error-answers.js';
import { Routes } from './routes.js';
import { sendError } from '../../rest/send.js';

/** Answers every exception with Cloudflare's envelope, and logs failures. */
@Catch()
export class RestErrorFilter implements ExceptionFilter {
  constructor(
    private readonly routes: Routes,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** Returns what a resolver threw: graphql-js treats a returned error as thrown, and formats it with its path. */
  catch(thrown: unknown, host: ArgumentsHost): unknown {
    if (host.getType<'http' | 'graphql'>() === 'graphql') return thrown;
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
    return undefined;
  }

  /**
   * For what a hook or the parser of bodies throws. Nest gives Fastify an error handler too, but only after the routes of pages and
   * of preflights, which keep the one that there was: it answers 500.
   */
  readonly handleErrorsOfRoute: onRouteHookHandler = (route) => {
    route.errorHandler ??= (error, request, reply) => this.answer(error, request, reply);
  };

  private answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // There is no one to answer.
    if (thrown instanceof ClientGone) return;
    const error = this.gatewayErrorOf(thrown, request);
    const answer = restErrorOf(error);
    request.ctx.change?.refuse({ reason: error.kind, codes: answer.codes });
    if (answer.status >= 500 && errorKinds[error.kind].isFailure) {
      this.log.error({ requestId: request.ctx.requestId, error: describeError(error) }, 'request failed');
    }
    const { requestId } = request.ctx;
    // The hook that sets it is not run for each target that Fastify cannot read.
    void reply.header('x-request-id', requestId);
    sendError(reply, isForGraphQL(request) ? { ...answer, body: refusalBody(error, requestId) } : answer);
  }

  private gatewayErrorOf(thrown: unknown, request: FastifyRequest): GatewayError {
    if (thrown instanceof GatewayError) return thrown;
    if (thrown instanceof NotFoundException) return this.notFound(request);
    return fastifyErrorOf(thrown) ?? new GatewayError('internal', 'The gateway failed.', { cause: thrown });
  }

  private notFound(request: FastifyRequest): GatewayError {
    const { url, method } = request;
    const allow = this.routes.methodsOf(url);
    if (allow.length === 0)
      return new GatewayError('no_such_path', isForGraphQL(request) ? noGraphQL : noSuchPath);
    return new GatewayError('no_such_method', `${method} is not allowed here, but ${allow.join(', ')}.`, {
      allow,
    });
  }
}

const noGraphQL = `No route for that URI. GraphQL is at ${graphqlPath}.`;

const noSuchPath =
  "Could not route to that path, perhaps your object identifier is invalid? The gateway's base URL ends in /client/v4. " +
  "Of Cloudflare's API it serves /zones/{zone_id}/origin_tls_client_auth with the paths below it, and " +
  '/zones/{zone_id}/settings/tls_client_auth: /docs lists them.';

/** True also for paths close to GraphQL's, and for methods that it does not take. */
function isForGraphQL({ url }: FastifyRequest): boolean {
  return /^\/graphql(?:[/?]|$)/i.test(url);
}

/** The error for what Fastify refuses before a controller is called. Nest passes some of it on as the cause of its own error. */
export function fastifyErrorOf(thrown: unknown): GatewayError | undefined {
  const { code, statusCode, cause } = (thrown ?? {}) as FastifyErrorLike & { cause?: FastifyErrorLike };
  switch (code ?? cause?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('body_too_large', 'The request body is larger than this path takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    // Fastify requires a content type of QUERY requests.
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new GatewayError('content_type_unsupported', 'Send the body as content-type application/json.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new GatewayError('body_not_json', 'The request body is not as long as its Content-Length says.');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return malformedIdentifier('It is over-long, or not well encoded.');
    default: {
      const status = statusCode ?? cause?.statusCode ?? 500;
      return status < 500 ? new GatewayError('request_malformed', 'The request is malformed.') : undefined;
    }
  }
}

interface FastifyErrorLike {
  readonly code?: string;
  readonly statusCode?: number;
}
