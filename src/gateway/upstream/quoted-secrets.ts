import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { headersToPassOn } from './passed-on-headers.js';
import { type RawAnswer } from './read-answer.js';
import { SecretIndex } from './secret-index.js';

interface ShownAnswer extends RawAnswer {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The answer without what it quotes of the secrets that were sent: a private key, the credential, or 16 characters in a
 * row of either. A success is passed on byte for byte, and what is no header for the caller goes no further.
 */
export function withoutQuotedSecrets(raw: RawAnswer, credential: Credential, { body }: Call): ShownAnswer {
  const headers = Object.entries(headersToPassOn(raw.headers));
  const isRefusal = raw.status >= 300;
  if (headers.length === 0 && !isRefusal) return { ...raw, headers: {} };
  const secrets = new SecretIndex([...formsOfCredential(credential), ...keysIn(body).flatMap(formsOfKey)]);
  return {
    status: raw.status,
    headers: Object.fromEntries(headers.filter(([, value]) => !secrets.quotedIn(value))),
    body: isRefusal ? secrets.masked(raw.body) : raw.body,
  };
}

function formsOfCredential(credential: Credential): string[] {
  const secret = credential.kind === 'token' ? credential.token.reveal() : credential.key.reveal();
  return [secret, ...encodingsOf(Buffer.from(secret))];
}

/** Every text that is sent as a private key, by its name or by its armour, wherever it stands in the body. */
function privateKeysIn(body: unknown, isNamed = false): string[] {
  if (typeof body === 'string') return isNamed || /private key/i.test(body) ? [body] : [];
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, member]) => [
    ...privateKeysIn(name),
    ...privateKeysIn(member, isNamed || /^private_?key$/i.test(name)),
  ]);
}

const armour = /-{5}[^-]{1,64}-{5}/;
const certificates = /-{5}BEGIN CERTIFICATE-{5}[^-]*-{5}END CERTIFICATE-{5}/g;
const blanks = /\\{1,4}[nrt]|\s/g;
/** An RSA key of 16,384 bits has 13,000 characters, and none that is used is longer. It bounds the work. */
const longestKey = 16 * 1024;

function keysIn(body: unknown): string[] {
  let left = longestKey;
  return privateKeysIn(body).map((sent) => {
    const key = sent.replace(certificates, '').trim().slice(0, left);
    left -= key.length;
    return key;
  });
}

function formsOfKey(key: string): string[] {
  const ders = key.split(armour).map((base64) => Buffer.from(base64.replace(blanks, ''), 'base64'));
  return [key, ...[Buffer.from(key), ...ders].flatMap(encodingsOf)];
}

/** In hexadecimal, and in base64 at each of its three alignments. */
function encodingsOf(bytes: Buffer): string[] {
  return [bytes.toString('hex'), ...[0, 1, 2].map((shift) => bytes.subarray(shift).toString('base64'))];
}
