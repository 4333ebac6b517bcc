import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type RequestContext } from '../../gateway/request/request-context.js';

declare module 'node:http' {
  interface IncomingMessage {
    /** Set when the request arrives. */
    ctx: RequestContext;
    /** The template of its route, once it is known. */
    route?: string;
  }
}

/** Answers requests of one kind without the router. */
export interface EarlyAnswers {
  /**
   * Answers a request, or calls `goOn`, which gives it to the router.
   *
   * @returns false if the request is of another kind: then it does neither
   */
  answer(request: IncomingMessage, response: ServerResponse, goOn: () => void): boolean;
}
