import { contentOfLabel, type Expected, insteadOf } from './contents.js';
import { decodeBase64, isOneSequence } from './der.js';
import { whyNotPem } from './not-pem.js';
import { withoutTextAround } from './text-around.js';

export type PemReading<Label extends string> =
  | { readonly label: Label; readonly der: Buffer }
  /** Says what is wrong and what to do. Contains nothing of the text. */
  | { readonly message: string };

export interface PemExpectation<Label extends string> {
  /** Its name in messages. */
  readonly name: Expected;
  readonly labels: readonly Label[];
  readonly maxKibibytes: number;
  readonly textAround: 'ignored' | 'refused';
}

/**
 * Reads a text that must have exactly one PEM block. node:crypto reads the first block that fits and ignores the rest,
 * such as a second certificate. White space may stand anywhere in the block: `toPem` normalizes it.
 */
export function readPem<Label extends string>(
  text: string,
  { name, labels, maxKibibytes, textAround }: PemExpectation<Label>,
): PemReading<Label> {
  const refuse = (what: string) => ({ message: `The ${name} ${what}` });

  if (text.length > maxKibibytes * 1024) {
    return refuse(`is longer than ${maxKibibytes} KiB. Send one PEM block alone; it has a few KiB at most.`);
  }
  const trimmed = trim(textAround === 'ignored' ? withoutTextAround(text) : text);
  const beginAt = trimmed.indexOf(beginMark);
  const unlike = whyNotPem(trimmed, beginAt, name);
  if (unlike !== null) return { message: unlike };
  if (beginAt > 0) return refuse('has text before its BEGIN line. Remove everything before that line.');
  const labelEnd = trimmed.indexOf(dashes, beginMark.length);
  if (labelEnd === -1) return refuse('has a damaged BEGIN line. Copy the whole file again.');

  const found = trimmed.slice(beginMark.length, labelEnd);
  if (trimmed.includes(beginMark, labelEnd)) return { message: describeSeveral(found, name) };
  const label = labels.find((expected) => expected === found);
  if (label === undefined) return { message: describeOtherLabel(found, name) };

  if (trimmed.includes('\\n')) {
    return refuse(
      'has a backslash and the letter n where line breaks should be. It was escaped twice: send real line breaks.',
    );
  }
  const endLine = `-----END ${label}-----`;
  const endAt = trimmed.indexOf(endLine, labelEnd);
  if (endAt === -1) {
    return refuse('has no matching END line, so it may be cut off. Copy the whole file again.');
  }
  if (endAt + endLine.length < trimmed.length) {
    return refuse('has text after its END line. Remove everything below that line.');
  }
  const body = trimmed.slice(labelEnd + dashes.length, endAt);
  const der = decodeBase64(body);
  if (der === null || !isOneSequence(der)) return { message: whyDamaged(body, der, name) };
  return { label, der };
}

/** The PEM block of the DER, in lines of 64 characters that each end with `\n`. */
export function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

const dashes = '-----';
const beginMark = '-----BEGIN ';

const alone: Readonly<Record<Expected, string>> = {
  // Some bundles begin with the root certificate.
  certificate: 'the leaf certificate, which need not be the first, without a chain.',
  'private key': 'the private key alone.',
};

/** @param first the label of the first block */
function describeSeveral(first: string, name: Expected): string {
  if (name === 'private key' && contentOfLabel(first) === 'EC parameters') {
    return 'The private key has an EC PARAMETERS block above it. Strip that block, from its BEGIN to its END line; the key itself says its curve.';
  }
  return `The ${name} comes with a second PEM block. Send one block: ${alone[name]}`;
}

/** The message does not repeat the label, which may hold any text. */
function describeOtherLabel(label: string, name: Expected): string {
  const content = contentOfLabel(label);
  return content === null
    ? `The ${name} is a PEM block of another kind. Look at its BEGIN line, and send the right file.`
    : insteadOf(name, content);
}

/** @param der the decoded body; null if it is not base64 */
function whyDamaged(body: string, der: Buffer | null, name: Expected): string {
  // OpenSSL's traditional format has a header `Proc-Type: 4,ENCRYPTED`.
  if (/\bENCRYPTED\b/.test(body)) return insteadOf(name, 'encrypted private key');
  if (body.includes(':')) {
    return `The ${name} has header lines between BEGIN and END. Remove them, and keep the lines of base64.`;
  }
  const what =
    der === null
      ? 'what is between BEGIN and END is not whole base64'
      : 'bytes are missing, or there are more than belong to it';
  return `The ${name} is damaged: ${what}. Copy the whole file again.`;
}

/** `String.prototype.trim()` would also remove a byte order mark. The lookbehind keeps the time linear. */
function trim(text: string): string {
  return text.replace(/^[ \t-\r]+|(?<![ \t-\r])[ \t-\r]+$/g, '');
}
