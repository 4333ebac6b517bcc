import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Answers, type BoundedContext } from '../limits/answer-budget.js';
import { type WholeContext } from '../whole/candidate.js';

/** What GraphQL hands to every resolver, and the plugins get. */
export type OperationContext = BoundedContext & WholeContext;

/** Of all operations of this process, because they share its event loop and its memory. */
const answers = new Answers();

/** The context of the operation of a request. Its answer counts until the response is closed. */
export function operationContextOf(request: IncomingMessage, response: ServerResponse): OperationContext {
  const { ctx, whole = null } = request;
  const budget = answers.begin(ctx);
  response.once('close', () => budget.end());
  return { ctx, budget, whole };
}
