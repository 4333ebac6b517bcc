import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { type Coding, codingFor, inCoding } from '../representation/content-coding.js';
import { etagIn, isUnmodified } from '../representation/etag.js';

/** An answer as it is before a content coding is chosen. */
export interface EarlyAnswer {
  readonly status: number;
  readonly contentType: string;
  /** All but those that depend on the request or on the content coding. */
  readonly headers: OutgoingHttpHeaders;
  /** Null for an answer without a validator. */
  readonly etag: string | null;
  readonly body: Buffer;
}

/** Sends an answer as the hooks and the router would send it. */
export function sendEarly(request: IncomingMessage, response: ServerResponse, answer: EarlyAnswer): void {
  const coding = codingFor(request.headers, answer.body);
  if (!coding) return write(request, response, answer, answer.body, null);
  inCoding(answer.body, coding).then(
    (body) => write(request, response, answer, body, coding),
    () => write(request, response, answer, answer.body, null),
  );
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, headers: common, etag: plainEtag }: EarlyAnswer,
  body: Buffer,
  coding: Coding | null,
): void {
  const headers: OutgoingHttpHeaders = { ...common, 'x-request-id': request.ctx.requestId };
  const etag = plainEtag && etagIn(coding, plainEtag);
  if (etag !== null) headers['etag'] = etag;
  if (etag !== null && isUnmodified(request.headers, status, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  headers['content-type'] = contentType;
  headers['content-length'] = body.length;
  if (coding) headers['content-encoding'] = coding;
  response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
}
