import { type Credential } from '../../domain/cloudflare/credential.js';
import { type AnyCall } from '../../domain/cloudflare/operations.js';
import { type RawAnswer } from './read-answer.js';
import { SecretIndex } from './secret-index.js';

/**
 * The answer without its quotes of the private key and the credential that were sent, or of 16 characters in a row of either.
 * The body of a success is passed on byte for byte, unless it quotes the whole of a credential that the caller does not have.
 *
 * @param isOfCaller whether the caller has sent the credential; else it is the gateway's own
 */
export function withoutQuotedSecrets(
  raw: RawAnswer,
  credential: Credential,
  { body }: AnyCall,
  isOfCaller = true,
): RawAnswer {
  const headers = Object.entries(raw.headers);
  const isMasked = raw.status >= 300 || (!isOfCaller && isQuotedIn(raw.body, credential));
  if (headers.length === 0 && !isMasked) return raw;
  const secrets = new SecretIndex([...formsOfCredential(credential), ...keysIn(body).flatMap(formsOfKey)]);
  return {
    status: raw.status,
    headers: Object.fromEntries(headers.filter(([, value]) => !secrets.quotedIn(value))),
    body: isMasked ? secrets.masked(raw.body) : raw.body,
  };
}

function formsOfCredential(credential: Credential): string[] {
  const secret = credential.kind === 'token' ? credential.token.reveal() : credential.key.reveal();
  return [secret, ...encodingsOf(Buffer.from(secret))];
}

/** Looked for as a whole: a success may have megabytes. The end of a text in base64 depends on what follows. */
function isQuotedIn(answered: Buffer, credential: Credential): boolean {
  return formsOfCredential(credential).some((form) => answered.includes(form.replace(/.{0,4}$/, '')));
}

/** Every text in the body that its name or its armour calls a private key. */
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
/** Bounds the work. An RSA key of 16,384 bits, the longest in use, has 13,000 characters. */
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
