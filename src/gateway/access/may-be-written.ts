import { type IncomingHttpHeaders } from 'node:http';
import { joined } from './credential-from.js';
import { isSecretHeader } from './secret-headers.js';

/** A shorter word, such as `Bearer`, is no secret. */
const shortestSecret = 8;
/** A piece of this length reveals a secret; of an encoded one, as many bytes as 16 characters of hex hold. */
const pieceLength = 16;
const decodedPieceLength = 8;
const longestCompared = 4096;

/**
 * Whether a text of the caller's may be logged, recorded or sent back. It may not if it holds a credential of this request or
 * a piece of one (in any case, percent-encoded, in base64 or in hex), or if it looks like PEM or another token.
 */
export function mayBeWritten(text: string, headers: IncomingHttpHeaders): boolean {
  const { plain, decoded } = formsOf(text);
  return ![...plain, ...decoded].some(looksSecret) && !quotesCredential(text, headers);
}

/** Whether a text holds a credential in the headers, used or not, or a piece of one. */
export function quotesCredential(text: string, headers: IncomingHttpHeaders): boolean {
  const { plain, decoded } = formsOf(text);
  // Once for all forms: a client may send many kilobytes.
  const secrets = secretsIn(headers).map((secret) => ({ secret, letters: lettersOf(secret) }));
  const email = joined(headers['x-auth-email']).toLowerCase();
  const quotesAny = (length: number) => (form: string) => {
    const lower = form.toLowerCase();
    const letters = lettersOf(lower);
    return (
      quotesEmail(lower, email) ||
      secrets.some((each) => quotes(lower, each.secret, length) || quotes(letters, each.letters, length))
    );
  };
  return plain.some(quotesAny(pieceLength)) || decoded.some(quotesAny(decodedPieceLength));
}

/** A text and its decoded forms. */
function formsOf(text: string): { plain: string[]; decoded: string[] } {
  const sent = text.slice(0, longestCompared);
  const plain = [...new Set([sent, percentDecoded(sent)])];
  return { plain, decoded: plain.flatMap(decodedRuns) };
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1'),
  );
}

/** A secret may begin anywhere in a run: a group of four characters of base64 begins at one of four places. */
function decodedRuns(text: string): string[] {
  const hex = (text.match(/(?:[0-9a-f]{2}){8,}/gi) ?? []).map((run) => Buffer.from(run, 'hex'));
  const base64 = (text.match(/[A-Za-z0-9+/_-]{11,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64')),
  );
  return [...hex, ...base64].map((bytes) => bytes.toString('latin1'));
}

/**
 * PEM, a private key in hex, or a run of 40 characters with a part that has both cases and digits, as base64 has and words, hex and
 * UUIDs have not.
 */
function looksSecret(text: string): boolean {
  if (/-----BEGIN|BEGIN[^A-Z]?(?:[A-Z]{2,9}[^A-Z]?)?PRIVATE[^A-Z]?KEY/i.test(text)) return true;
  if (hexRunsIn(text).some(looksSecretInHex)) return true;
  const runs = text.match(/[A-Za-z0-9+/=_-]{40,}/g) ?? [];
  return runs.some((run) => run.split(/[-_/+=]/).some(isRandom));
}

/** Also with a colon or a space between two bytes, as OpenSSL prints them. */
function hexRunsIn(text: string): string[] {
  const runs = text.match(/(?:[0-9a-f]{2}[: ]?){20,}/gi) ?? [];
  return runs.map((run) => run.replace(/[: ]/g, ''));
}

/** SHA-512, the longest hash in use. */
const longestHash = 128;
/** DER of a private key of any kind: a sequence that begins with the version 0 or 1 (RFC 5958, RFC 8017, RFC 5915). */
const privateKeyDer = /30(?:[0-7][0-9a-f]|81[0-9a-f]{2}|82[0-9a-f]{4})02010[01]/i;

function looksSecretInHex(run: string): boolean {
  return run.length > longestHash || privateKeyDer.test(run);
}

function isRandom(part: string): boolean {
  return part.length >= 12 && /[a-z]/.test(part) && /[A-Z]/.test(part) && /\d/.test(part);
}

function secretsIn(headers: IncomingHttpHeaders): string[] {
  const names = Object.keys(headers).filter(isSecretHeader);
  const words = names.flatMap((name) =>
    joined(headers[name])
      .toLowerCase()
      .split(/[\s,;]+/),
  );
  return words.filter((word) => word.length >= shortestSecret);
}

/** The domain alone is no secret: it may be a zone of the caller. */
function quotesEmail(text: string, email: string): boolean {
  const [local = ''] = email.split('@');
  return (
    (email.length >= shortestSecret && text.includes(email)) ||
    (local.length >= pieceLength && quotes(text, local, pieceLength))
  );
}

/** Whether both have a piece of this length in common; of a shorter secret, all of it. */
function quotes(text: string, secret: string, length: number): boolean {
  if (secret.length < shortestSecret) return false;
  if (secret.length < length) return text.includes(secret);
  // A change may name thousands of hostnames, so the shorter text is taken to pieces.
  const [short, long] = text.length < secret.length ? [text, secret] : [secret, text];
  for (let from = 0; from + length <= short.length; from += 1) {
    if (long.includes(short.slice(from, from + length))) return true;
  }
  return false;
}

function lettersOf(text: string): string {
  return text.replace(/[^a-z0-9]/g, '');
}
