import { type IncomingHttpHeaders } from 'node:http';

/** Headers whose value is a secret, whether it is believed or not. The e-mail address stands apart. */
const secretHeaders = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-auth-key',
  'x-auth-user-service-key',
  'cf-access-client-secret',
  'cf-access-jwt-assertion',
];

/** Shorter words say nothing, as `Bearer` does. */
const shortestSecret = 8;
/** A piece of that length gives a secret away; of an encoded one, as many bytes as 16 characters of hex hold. */
const pieceLength = 16;
const decodedPieceLength = 8;
const longestCompared = 4096;

/**
 * Whether what a caller sent may be logged, recorded or sent back. Not where it holds a credential of this request, or a
 * piece of one, in any case, percent-encoded, in base64 or in hex; and not where it looks like PEM, or a piece of it, or a
 * token of another request.
 */
export function mayBeWritten(text: string, headers: IncomingHttpHeaders): boolean {
  const { plain, decoded } = formsOf(text);
  return ![...plain, ...decoded].some(looksSecret) && !quotesCredential(text, headers);
}

/** Whether a text holds what was sent as a credential, be it believed or not, or a piece of it. */
export function quotesCredential(text: string, headers: IncomingHttpHeaders): boolean {
  const { plain, decoded } = formsOf(text);
  const secrets = secretsIn(headers);
  const email = single(headers['x-auth-email'])?.toLowerCase() ?? '';
  const quotesAny = (length: number) => (form: string) => {
    const lower = form.toLowerCase();
    const letters = lettersOf(lower);
    const isQuoted = (secret: string) =>
      quotes(lower, secret, length) || quotes(letters, lettersOf(secret), length);
    return quotesEmail(lower, email) || secrets.some(isQuoted);
  };
  return plain.some(quotesAny(pieceLength)) || decoded.some(quotesAny(decodedPieceLength));
}

/** A text as it is, and what it is an encoding of. */
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

/** What is encoded may stand anywhere in a run: a group of four characters of base64 begins at one of four places. */
function decodedRuns(text: string): string[] {
  const hex = (text.match(/(?:[0-9a-f]{2}){8,}/gi) ?? []).map((run) => Buffer.from(run, 'hex'));
  const base64 = (text.match(/[A-Za-z0-9+/_-]{11,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64')),
  );
  return [...hex, ...base64].map((bytes) => bytes.toString('latin1'));
}

/** PEM, or 40 characters of what is no word, no hex number and no UUID: base64 has both cases and digits in a row. */
function looksSecret(text: string): boolean {
  if (/-----BEGIN|BEGIN[^A-Z]?(?:[A-Z]{2,9}[^A-Z]?)?PRIVATE[^A-Z]?KEY/i.test(text)) return true;
  const runs = text.match(/[A-Za-z0-9+/=_-]{40,}/g) ?? [];
  return runs.some((run) => run.split(/[-_/+=]/).some(isRandom));
}

function isRandom(part: string): boolean {
  return part.length >= 12 && /[a-z]/.test(part) && /[A-Z]/.test(part) && /\d/.test(part);
}

function secretsIn(headers: IncomingHttpHeaders): string[] {
  return secretHeaders
    .flatMap(
      (name) =>
        single(headers[name])
          ?.toLowerCase()
          .split(/[\s,;]+/) ?? [],
    )
    .filter((word) => word.length >= shortestSecret);
}

/** The name of its domain is no secret: a zone of the caller has the same. */
function quotesEmail(text: string, email: string): boolean {
  const [local = ''] = email.split('@');
  return (
    (email.length >= shortestSecret && text.includes(email)) ||
    (local.length >= pieceLength && quotes(text, local, pieceLength))
  );
}

/** Whether both have a piece of that length in common; of a shorter secret, all of it. */
function quotes(text: string, secret: string, length: number): boolean {
  if (secret.length < shortestSecret) return false;
  if (secret.length < length) return text.includes(secret);
  // A change may name thousands of hostnames: of the two, the shorter one is taken to pieces.
  const [short, long] = text.length < secret.length ? [text, secret] : [secret, text];
  for (let from = 0; from + length <= short.length; from += 1) {
    if (long.includes(short.slice(from, from + length))) return true;
  }
  return false;
}

function lettersOf(text: string): string {
  return text.replace(/[^a-z0-9]/g, '');
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
