import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { type FastifyReply, type onSendHookHandler } from 'fastify';
import { type WholeAnswer } from '../../../gateway/cache/whole-answers.js';
import { WholeReads } from '../../../gateway/pipeline/whole-reads.js';
import { sendEarly } from '../../early/send-early.js';
import { type EarlyAnswers } from '../../early/early-answers.js';
import { isLarge, withAcceptEncoding } from '../../representation/content-coding.js';
import { graphqlPath } from '../schema/graphql-path.js';
import { cacheExtension, cacheExtensionHeader } from './cache-extension.js';
import { Candidate, endWith } from './candidate.js';
import { readBody } from './read-body.js';

declare module 'node:http' {
  interface IncomingMessage {
    /** Of a query whose answer may be kept as a whole. */
    whole?: Candidate;
  }
}

/** Headers that each answer has of its own. */
const ownHeaders = ['x-request-id', 'content-length', 'content-type', 'connection'];
const json = /^application\/json\s*(?:;|$)/i;

/** Answers queries with the whole answers that are kept. */
@Injectable()
export class WholeQueries implements EarlyAnswers {
  constructor(private readonly wholes: WholeReads) {}

  /** Keeps an answer as a whole, as it is before it is compressed. */
  readonly keep: onSendHookHandler = ({ ctx, raw: { whole } }, reply, payload, done) => {
    const text = typeof payload === 'string' && reply.statusCode === 200 ? whole?.textOf(payload) : null;
    if (!whole || typeof text !== 'string') return done(null, payload);
    const body = Buffer.from(text);
    this.wholes.keep(ctx, whole.key, { body, ...headersOf(reply, body) });
    // The same bytes, so that they are compressed once.
    done(null, text === payload ? body : payload);
  };

  answer(request: IncomingMessage, response: ServerResponse, goOn: () => void): boolean {
    const { method, url = '', headers } = request;
    if (method === 'GET' && url.startsWith(`${graphqlPath}?`)) {
      this.answerOr(goOn, this.find(request, response, Buffer.from(url, 'latin1')));
      return true;
    }
    const isQuery = method === 'POST' && url === graphqlPath && json.test(headers['content-type'] ?? '');
    return isQuery && readBody(request, (body) => this.answerBody(request, response, body, goOn));
  }

  private answerBody(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer | null,
    goOn: () => void,
  ): void {
    if (!body) return goOn();
    const isAnswered = this.find(request, response, body);
    // For the router, before the stream has ended.
    if (isAnswered !== true) request.unshift(body);
    this.answerOr(goOn, isAnswered);
  }

  private answerOr(goOn: () => void, isAnswered: boolean | Promise<boolean>): void {
    if (isAnswered === false) goOn();
    else if (isAnswered !== true) void isAnswered.then((isGiven) => isGiven || goOn());
  }

  /**
   * Answers with a whole answer, if there is one that may be given.
   *
   * @param asked all that the answer depends on, besides the client and the type that it accepts
   */
  private find(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Buffer,
  ): boolean | Promise<boolean> {
    const { ctx, method, headers } = request;
    const key = this.wholes.keyOf(ctx, `${method} ${headers.accept ?? ''}`, asked);
    if (!key) return false;
    request.whole = new Candidate(key);
    const whole = this.wholes.find(ctx, key);
    if (!whole) return false;
    const give = () => this.wholes.mayGive(ctx, whole) && this.give(request, response, whole);
    // Where anything fails here, the router answers.
    return (
      give() ||
      this.wholes
        .confirm(whole)
        .then(give)
        .catch(() => false)
    );
  }

  private give(request: IncomingMessage, response: ServerResponse, whole: WholeAnswer): true {
    const { headers, contentType } = whole.composed;
    request.route = graphqlPath;
    this.wholes.count(request.ctx, whole);
    const body = bodyFor(request, whole);
    sendEarly(request, response, { status: 200, contentType, headers, etag: null, body });
    return true;
  }
}

function bodyFor({ headers }: IncomingMessage, { composed: { body }, parts }: WholeAnswer): Buffer {
  if (headers[cacheExtensionHeader] === undefined) return body;
  const now = performance.now();
  const outcomes = parts.map(({ cache, kept }) => ({
    ...cache,
    ageSeconds: Math.floor((now - kept.storedAt) / 1000),
    ttlSeconds: Math.floor((kept.freshUntil - now) / 1000),
  }));
  const end = endWith({ cache: cacheExtension(outcomes) });
  return Buffer.concat([body.subarray(0, -endWith(undefined).length), Buffer.from(end)]);
}

function headersOf(reply: FastifyReply, body: Buffer) {
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders())
      .filter(([name, value]) => value !== undefined && !ownHeaders.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
  if (isLarge(body)) headers['vary'] = withAcceptEncoding(headers['vary']);
  return { headers, contentType: String(reply.getHeader('content-type')) };
}
