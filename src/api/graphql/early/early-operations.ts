import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Load } from '../../../platform/load/load.js';
import { type WholeAnswer } from '../../../gateway/cache/whole-answers.js';
import { WholeReads } from '../../../gateway/pipeline/whole-reads.js';
import { jsonBodyOf } from '../../representation/json-body.js';
import { sendEarly } from '../../early/send-early.js';
import { type EarlyAnswers } from '../../early/early-answers.js';
import { wantsPage } from '../../representation/wants-page.js';
import { graphqlPath } from '../schema/graphql-path.js';
import { Documents } from '../documents/documents.js';
import { isRefused } from '../documents/document-to-execute.js';
import { type Sent } from '../documents/sent-document.js';
import { costExtensionHeader } from '../limits/cost-extension.js';
import { cacheExtension, cacheExtensionHeader } from '../whole/cache-extension.js';
import { Candidate, endWith } from '../whole/candidate.js';
import { DirectOperations } from './direct-operations.js';
import { readBody } from './read-body.js';
import { sendGraphQLRefusal } from './send-graphql-refusal.js';

declare module 'node:http' {
  interface IncomingMessage {
    /** Of a query whose answer may be kept as a whole. */
    whole?: Candidate;
  }
}

const json = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

/** Answers operations before the router: with the whole answer that is kept, or by executing them. */
@Injectable()
export class EarlyOperations implements EarlyAnswers {
  constructor(
    private readonly wholes: WholeReads,
    private readonly operations: DirectOperations,
    private readonly documents: Documents,
    private readonly load: Load,
  ) {}

  answer(request: IncomingMessage, response: ServerResponse, goOn: () => void): boolean {
    const { method, url = '', headers } = request;
    if (method === 'GET' && url.startsWith(`${graphqlPath}?`) && !wantsPage(headers)) {
      const sent = { method, search: url.slice(graphqlPath.length), body: undefined };
      const execute = () => this.operations.answer(request, response, sent);
      const isAnswered = this.mayFind(() => sent) && this.find(request, response, Buffer.from(url, 'latin1'));
      this.answerOr(execute, isAnswered);
      return true;
    }
    const isOperation = method === 'POST' && url === graphqlPath && json.test(headers['content-type'] ?? '');
    return isOperation && readBody(request, (body) => this.answerBody(request, response, body, goOn));
  }

  private answerBody(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer | null,
    goOn: () => void,
  ): void {
    if (!body) return goOn();
    const refusal = this.load.isHigh && !mayBeChange(body) ? this.load.refusal('read') : null;
    if (refusal) return sendGraphQLRefusal(request, response, refusal);
    let parsed: Sent | undefined;
    const sent = () => (parsed ??= { method: 'POST', search: '', body: valueOf(body) });
    const isAnswered = this.mayFind(sent) && this.find(request, response, body);
    if (isAnswered === true) return;
    if (sent().body !== undefined)
      return this.answerOr(() => this.operations.answer(request, response, sent()), isAnswered);
    // The router refuses it. It needs the body before the stream has ended.
    request.unshift(body);
    this.answerOr(goOn, isAnswered);
  }

  private answerOr(goOn: () => void, isAnswered: boolean | Promise<boolean>): void {
    if (isAnswered === false) goOn();
    else if (isAnswered !== true) void isAnswered.then((isGiven) => isGiven || goOn());
  }

  /** With `only`, what is not in the list is refused before anything is looked up. Else the body need not be parsed for it. */
  private mayFind(sent: () => Sent): boolean {
    return this.documents.mode !== 'only' || !isRefused(this.documents, sent());
  }

  /**
   * Answers with a whole answer, if there is one that may be given; else the answer may be kept as one.
   *
   * @param asked all that the answer depends on, besides the client and the type that it accepts
   */
  private find(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Buffer,
  ): boolean | Promise<boolean> {
    const { ctx, method, headers } = request;
    // The cost of an operation is not kept with its answer.
    if (headers[costExtensionHeader] !== undefined) return false;
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

/** Without one of these words a body asks for no change. With one, that is known when its document is parsed. */
const wordsOfChanges = ['mutation', 'documentId', 'persistedQuery'];

function mayBeChange(body: Buffer): boolean {
  return wordsOfChanges.some((word) => body.includes(word));
}

/** Undefined if it is not JSON. */
function valueOf(body: Buffer): unknown {
  try {
    return jsonBodyOf(body);
  } catch {
    return undefined;
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
