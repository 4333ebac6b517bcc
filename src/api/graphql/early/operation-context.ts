import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Answers, type BoundedContext } from '../limits/answer-budget.js';
import { type DocumentContext, documentToExecute } from '../documents/document-to-execute.js';
import { type Documents } from '../documents/documents.js';
import { type Sent } from '../documents/sent-document.js';
import { type WholeContext } from '../whole/candidate.js';

/** What GraphQL hands to every resolver, and the plugins get. */
export type OperationContext = BoundedContext & DocumentContext & WholeContext;

/** Of all operations of this process, because they share its event loop and its memory. */
const answers = new Answers();

/**
 * The context of the operation of a request. Its answer counts until the response is closed.
 *
 * @throws GraphQLError if the request names no document that may be executed
 */
export function operationContextOf(
  request: IncomingMessage,
  response: ServerResponse,
  documents: Documents,
  sent: Sent,
): OperationContext {
  const { ctx, whole = null } = request;
  const document = documentToExecute(documents, sent, ctx.requestId);
  const budget = answers.begin(ctx);
  response.once('close', () => budget.end());
  return { ctx, budget, document, whole };
}
