import { isOneSequence } from './der.js';

export type PemReading<Label extends string> =
  | { readonly label: Label; readonly der: Buffer }
  /** For people: what is wrong, and what to do. Holds nothing of the text. */
  | { readonly message: string };

export interface PemExpectation<Label extends string> {
  /** What messages call it. */
  readonly name: 'certificate' | 'private key';
  readonly labels: readonly Label[];
  readonly maxKibibytes: number;
}

/**
 * Reads a text that has to be one PEM block and nothing else. node:crypto takes the first block that it likes and passes over
 * the rest in silence: a private key below the certificate, trailing garbage, a byte order mark. All of it would be
 * sent to Cloudflare. Within the block, white space may be anywhere: `toPem` writes it anew.
 */
export function readPem<Label extends string>(
  text: string,
  { name, labels, maxKibibytes }: PemExpectation<Label>,
): PemReading<Label> {
  const refuse = (what: string) => ({ message: `The ${name} ${what}` });

  if (text.length > maxKibibytes * 1024) {
    return refuse(`is longer than ${maxKibibytes} KiB. Send one PEM block alone; it has a few KiB at most.`);
  }
  const trimmed = trim(text);
  if (trimmed === '') return refuse('is empty. Send it as PEM text.');
  if (trimmed.startsWith('\uFEFF')) {
    return refuse('starts with a byte order mark, which cannot be seen. Save the file as UTF-8 without it.');
  }
  if (trimmed.includes('\\n')) {
    return refuse(
      'has a backslash and the letter n where line breaks should be. It was escaped twice: send real line breaks.',
    );
  }

  const beginAt = trimmed.indexOf(beginMark);
  if (beginAt === -1)
    return refuse('is not PEM: it has no BEGIN line. Send the PEM text, not DER or base64 alone.');
  if (beginAt > 0) return refuse('has text before its BEGIN line. Remove everything above that line.');
  const labelEnd = trimmed.indexOf(dashes, beginMark.length);
  if (labelEnd === -1) return refuse('has a damaged BEGIN line. Copy the whole file again.');

  const found = trimmed.slice(beginMark.length, labelEnd);
  const label = labels.find((expected) => expected === found);
  if (label === undefined) return refuse(describeOtherLabel(found));
  if (trimmed.includes(beginMark, labelEnd)) {
    return refuse(`is followed by a second PEM block. Send one block: the ${name}, without a chain.`);
  }

  const endLine = `-----END ${label}-----`;
  const endAt = trimmed.indexOf(endLine, labelEnd);
  if (endAt === -1)
    return refuse('has no matching END line, so it may be cut off. Copy the whole file again.');
  if (endAt + endLine.length < trimmed.length) {
    return refuse('has text after its END line. Remove everything below that line.');
  }

  const body = trimmed.slice(labelEnd + dashes.length, endAt);
  if (/\bENCRYPTED\b/.test(body)) return refuse(encrypted); // The header of OpenSSL's old format.
  if (body.includes(':')) {
    return refuse('has header lines between BEGIN and END. Remove them, and keep the lines of base64.');
  }
  const der = decode(body);
  if (der === null) {
    return refuse(
      'is damaged: what is between BEGIN and END is not whole base64. Copy the whole file again.',
    );
  }
  if (!isOneSequence(der)) {
    return refuse(
      'is damaged: bytes are missing, or there are more than belong to it. Copy the whole file again.',
    );
  }
  return { label, der };
}

/** The one way to write it: 64 columns, `\n`, a newline at the end. */
export function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

export const encrypted =
  'is encrypted, and nobody here has its passphrase. Decrypt it first: openssl pkey -in key.pem -out plain.pem';

const dashes = '-----';
const beginMark = '-----BEGIN ';

/** The labels that people do send, for a better answer. No label is ever repeated: it could hold anything. */
const otherLabels: ReadonlyMap<string, string> = new Map([
  ['ENCRYPTED PRIVATE KEY', encrypted],
  [
    'EC PARAMETERS',
    'has an EC PARAMETERS block above it. Strip that block, from its BEGIN to its END line; the key itself says its curve.',
  ],
  ['OPENSSH PRIVATE KEY', 'is in the format of OpenSSH. Convert a copy: ssh-keygen -p -m PKCS8 -f copy.pem'],
  ['DSA PRIVATE KEY', 'is a DSA key, which TLS no longer takes. Use RSA of 2048 to 4096 bits or EC P-256.'],
  ['PUBLIC KEY', 'is a public key. Send the PEM file that was asked for.'],
  ['RSA PUBLIC KEY', 'is a public key. Send the PEM file that was asked for.'],
  [
    'CERTIFICATE REQUEST',
    'is a signing request. Have a certificate authority sign it, and send what it gives back.',
  ],
  [
    'NEW CERTIFICATE REQUEST',
    'is a signing request. Have a certificate authority sign it, and send what it gives back.',
  ],
  ['PKCS7', 'is a PKCS #7 bundle. Take the leaf out: openssl pkcs7 -print_certs -in bundle.pem'],
  [
    'TRUSTED CERTIFICATE',
    'is in a format of OpenSSL alone. Convert it: openssl x509 -in trusted.pem -out certificate.pem',
  ],
]);

function describeOtherLabel(label: string): string {
  return (
    otherLabels.get(label) ??
    'is a PEM block of another kind. Look at its BEGIN line, and send the right file.'
  );
}

/** String's own trim() takes a byte order mark for white space. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Buffer skips what is not base64: only a text that comes out again has been read. */
function decode(body: string): Buffer | null {
  const base64 = body.replace(/[ \t-\r]+/g, '');
  const der = Buffer.from(base64, 'base64');
  return der.toString('base64') === base64 ? der : null;
}
