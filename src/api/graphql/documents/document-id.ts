import { hash } from 'node:crypto';

/** Longer ids are refused before they are looked up. MD5, SHA-1, SHA-256 and SHA-512 in hexadecimal have at most 128 characters. */
const longest = 256;

/** The identifiers of GraphQL over HTTP, appendix A: `sha256:` and a hash, a prefix `x-…:`, or a custom identifier without a colon. */
const form = /^(?:sha256:[0-9a-f]{64}|x-[\w.~-]+:[\w.~-]+|[\w.~-]+)$/;

const bareSha256 = /^[0-9a-f]{64}$/;

/** The id of a document by its text. */
export function sha256IdOf(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}

/** The id in the form in which documents are looked up: Apollo, Relay and Code Generator leave out `sha256:`. Null if it is malformed. */
export function documentIdOf(given: string): string | null {
  if (given.length > longest) return null;
  if (bareSha256.test(given)) return `sha256:${given}`;
  return form.test(given) ? given : null;
}
