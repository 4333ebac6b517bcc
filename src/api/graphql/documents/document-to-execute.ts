import { type GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { documentIdOf, sha256IdOf } from './document-id.js';
import { type Documents } from './documents.js';
import {
  ambiguous,
  malformedDocumentId,
  malformedExtension,
  notFound,
  notFoundForApollo,
  notItsHash,
  notListed,
  notSupported,
} from './refusals.js';
import { type Sent, sentDocument } from './sent-document.js';

/** Clients add members of their own, such as urql's `miss`. */
const extensionSchema = z.object({ version: z.literal(1), sha256Hash: z.string() });

/** What the context of an operation has. */
export interface DocumentContext {
  /** The text that is executed in place of what was sent; null: what was sent is executed. */
  readonly document: string | null;
}

/**
 * The text to execute for a request. With `only` it is never null, so that nothing but a text of the list is executed, however
 * Apollo reads the request.
 *
 * @throws GraphQLError if the request names no document that may be executed
 */
export function documentToExecute(documents: Documents, sent: Sent, requestId: string): string | null {
  const { query, documentId = null, persistedQuery } = sentDocument(sent);
  // Apollo takes an empty query for none.
  const isSent = query !== undefined && query !== null && query !== '';
  if (documents.mode === 'off') {
    // Apollo refuses the extension.
    if (documentId !== null && !isSent && !persistedQuery) throw notSupported();
    return null;
  }
  if (documentId !== null) {
    if (isSent || persistedQuery) throw ambiguous();
    const id = typeof documentId === 'string' ? documentIdOf(documentId) : null;
    if (id === null) throw malformedDocumentId();
    return documents.textOf(id) ?? fail(notFound());
  }
  if (persistedQuery) {
    const id = hashIn(persistedQuery);
    if (isSent) return withItsHash(documents, query, id);
    return documents.textOf(id) ?? fail(notFoundForApollo(requestId));
  }
  if (documents.mode === 'allow') return null;
  return listed(documents, query);
}

/** Whether a request names no document that may be executed. */
export function isRefused(documents: Documents, sent: Sent): boolean {
  try {
    documentToExecute(documents, sent, '');
    return false;
  } catch (error) {
    if (error instanceof GraphQLError) return true;
    throw error;
  }
}

/** Has Apollo execute the document. It would refuse the extension. */
export function execute(document: string, request: GraphQLRequest): void {
  request.query = document;
  if (!request.extensions) return;
  request.extensions = { ...request.extensions };
  delete request.extensions['persistedQuery'];
}

/** @throws GraphQLError if the extension is malformed */
function hashIn(extension: unknown): string {
  const { data } = extensionSchema.safeParse(extension);
  return (data ? documentIdOf(data.sha256Hash) : null) ?? fail(malformedExtension());
}

/** Nothing is added to the list: with `allow`, the document is executed as any other. */
function withItsHash(documents: Documents, query: unknown, id: string): string {
  if (typeof query !== 'string') return nothing;
  if (query !== documents.textOf(id) && sha256IdOf(query) !== id) throw notItsHash();
  return documents.mode === 'only' ? listed(documents, query) : query;
}

/** Apollo refuses it. */
const nothing = '';

function listed(documents: Documents, query: unknown): string {
  if (typeof query !== 'string') return nothing;
  return query === nothing || documents.has(query) ? query : fail(notListed());
}

function fail(error: GraphQLError): never {
  throw error;
}
