import { type IncomingMessage } from 'node:http';
import { graphqlBodyLimit } from '../schema/graphql-path.js';

/**
 * Reads the whole body of a request. Most bodies are there when the headers have been handled.
 *
 * @param onBody called with null if the connection ends before the body
 * @returns false, and does nothing, if the length of the body is not known or larger than the limit, or if the client waits for
 * `100 Continue`
 */
export function readBody(request: IncomingMessage, onBody: (body: Buffer | null) => void): boolean {
  const { 'content-length': sent, expect } = request.headers;
  const length = Number(sent);
  if (!(length > 0 && length <= graphqlBodyLimit) || expect !== undefined) return false;
  // Node hands over the bytes of a packet after the request that they belong to.
  process.nextTick(() => {
    if (request.readableLength >= length) onBody(request.read() as Buffer);
    else wait(request, length, onBody);
  });
  return true;
}

function wait(request: IncomingMessage, length: number, onBody: (body: Buffer | null) => void): void {
  const look = () => {
    const isThere = request.readableLength >= length;
    if (!isThere && !request.destroyed) return;
    request.off('readable', look).off('close', look);
    onBody(isThere ? (request.read() as Buffer) : null);
  };
  request.on('readable', look).on('close', look);
}
