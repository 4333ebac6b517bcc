import { type IncomingHttpHeaders } from 'node:http';
import { type Coding } from './content-coding.js';

/** RFC 9110 §8.8.3.3: another coding is another representation, and has a tag of its own. */
export function etagIn(coding: Coding | null, etag: string): string {
  return coding ? `"${etag.slice(1, -1)}-${coding}"` : etag;
}

export function isUnmodified(headers: IncomingHttpHeaders, status: number, etag: string): boolean {
  return status === 200 && isNamedIn(headers['if-none-match'], etag);
}

/** RFC 9110 §13.1.2: a list of tags, weak ones too, or `*`. */
function isNamedIn(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return (
    ifNoneMatch.trim() === '*' ||
    ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  );
}
