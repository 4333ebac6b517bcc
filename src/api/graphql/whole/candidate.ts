import { type GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import { type WholeKey } from '../../../gateway/cache/whole-answers.js';
import { dependsOnCaller } from './depends-on.js';

/** What GraphQL hands to every resolver of a query that may be answered whole. */
export interface WholeContext {
  readonly whole: Candidate | null;
}

/** An answer that may be kept as a whole when it is sent. */
export class Candidate {
  /** Whether it is the answer to a query, has no errors, and does not depend on the caller. */
  isComplete = false;
  /** Of this request alone. Whole answers are kept without them. */
  extensions: object | undefined;
  private isForgone = false;

  constructor(readonly key: WholeKey) {}

  /** Called where a value depends on the caller, which the document does not show. */
  forgo(): void {
    this.isForgone = true;
  }

  /** The text of the answer without its extensions; null if it cannot be kept. */
  textOf(payload: string): string | null {
    if (!this.isComplete || this.isForgone) return null;
    if (this.extensions === undefined) return payload;
    const end = endWith(this.extensions);
    return payload.endsWith(end) ? payload.slice(0, -end.length) + endWith(undefined) : null;
  }
}

/** Notes whether the answer to an operation may be kept as a whole. */
export function noteWhole({
  contextValue: { whole },
  document,
  operation,
  schema,
  response: { body },
}: GraphQLRequestContextWillSendResponse<WholeContext>): void {
  if (!whole || !document || operation?.operation !== OperationTypeNode.QUERY) return;
  if (body.kind !== 'single' || body.singleResult.errors) return;
  whole.isComplete = !dependsOnCaller(document, schema);
  whole.extensions = body.singleResult.extensions;
}

/** The end of the text of an answer with these extensions. */
export function endWith(extensions: object | undefined): string {
  return extensions ? `,"extensions":${JSON.stringify(extensions)}}\n` : '}\n';
}
