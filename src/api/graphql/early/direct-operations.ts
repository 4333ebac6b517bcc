import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { type ApolloDriver } from '@nestjs/apollo';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { WholeReads } from '../../../gateway/pipeline/whole-reads.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { Readiness } from '../../../platform/health/readiness.js';
import { describeError } from '../../../platform/telemetry/describe-error.js';
import { LOG, type Logger } from '../../../platform/telemetry/logger.js';
import { sendEarly } from '../../early/send-early.js';
import { rateLimitHeaders } from '../../representation/rate-limit.js';
import { isLarge, withAcceptEncoding } from '../../representation/content-coding.js';
import { Documents } from '../documents/documents.js';
import { type Sent } from '../documents/sent-document.js';
import { withRequestId } from '../errors/with-request-id.js';
import { type OperationContext, operationContextOf } from './operation-context.js';
import { graphqlPath } from '../schema/graphql-path.js';
import { sendGraphQLRefusal } from './send-graphql-refusal.js';

/** Headers of Apollo's answers that are written with the body. */
const ofBody = ['content-type', 'content-length'];

/** Has Apollo execute operations, and sends their answers, as the route of GraphQL does: the router costs a fifth of a query. */
@Injectable()
export class DirectOperations {
  private apollo: ApolloServer<OperationContext> | null = null;

  constructor(
    private readonly modules: ModuleRef,
    private readonly wholes: WholeReads,
    private readonly documents: Documents,
    private readonly readiness: Readiness,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  answer(request: IncomingMessage, response: ServerResponse, sent: Sent): void {
    request.route = graphqlPath;
    this.server
      .executeHTTPGraphQLRequest({
        httpGraphQLRequest: { ...sent, headers: headersOf(request) },
        context: () => Promise.resolve(operationContextOf(request, response, this.documents, sent)),
      })
      .then((answer) => this.send(request, response, answer))
      .catch((error: unknown) => this.fail(request, response, error));
  }

  private get server(): ApolloServer<OperationContext> {
    return (this.apollo ??= this.modules.get<GraphQLModule<ApolloDriver>>(GraphQLModule, { strict: false })
      .graphQlAdapter.instance as unknown as ApolloServer<OperationContext>);
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    { status = 200, headers: given, body: answered }: HTTPGraphQLResponse,
  ): void {
    if (answered.kind !== 'complete') throw new Error('Apollo answered in pieces.');
    const { ctx, whole } = request;
    const contentType = given.get('content-type') ?? 'application/json';
    const text = status < 400 ? answered.string : withRequestId(answered.string, ctx.requestId);
    const body = Buffer.from(text);
    const headers: Record<string, string> = { 'cache-control': 'no-store' };
    for (const [name, value] of given) if (!ofBody.includes(name)) headers[name] = value;
    if (isLarge(body)) headers['vary'] = withAcceptEncoding(headers['vary']);
    const kept = status === 200 ? whole?.textOf(text) : null;
    if (whole && typeof kept === 'string') {
      // The same bytes, so that they are compressed once.
      const keptBody = kept === text ? body : Buffer.from(kept);
      this.wholes.keep(ctx, whole.key, { body: keptBody, headers, contentType });
    }
    const ownHeaders = {
      ...headers,
      ...(ctx.callsLeft && rateLimitHeaders(ctx.callsLeft)),
      ...(this.readiness.state === 'draining' && { connection: 'close' }),
    };
    sendEarly(request, response, { status, contentType, headers: ownHeaders, etag: null, body });
  }

  private fail(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const { requestId } = request.ctx;
    const error = new GatewayError('internal', 'The gateway failed.', { cause: thrown });
    this.log.error({ requestId, error: describeError(error) }, 'request failed');
    if (response.headersSent) return void response.destroy();
    sendGraphQLRefusal(request, response, error);
  }
}

function headersOf({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  return map;
}
