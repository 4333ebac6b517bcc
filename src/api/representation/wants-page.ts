import { type IncomingHttpHeaders } from 'node:http';

/** Browsers accept HTML. A client that accepts JSON too expects an answer from GraphQL. */
export function wantsPage({ accept = '' }: IncomingHttpHeaders): boolean {
  return accept.includes('text/html') && !accept.includes('json');
}
