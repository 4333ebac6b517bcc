import { contentOfDer, type Content, type Expected, insteadOf } from './contents.js';
import { decodeBase64, isOneSequence } from './der.js';

const byteOrderMark = '\uFEFF';
/** UTF-16 decoded as UTF-8 has a NUL beside each letter. */
const utf16 = /-\0-\0-|\0-\0-\0-/;
const fileName = /^[^\n]{1,255}\.(?:pem|crt|cer|key|der|p12|pfx|p7b|txt)$/i;
/** A BEGIN line that a word processor or mail program has changed, or of another format. */
const almostBegin = /\bBEGIN\b/i;

/**
 * The message for a text that is not PEM; null if it may be PEM.
 *
 * @param text without white space at its ends
 * @param beginAt index of its first BEGIN line, or -1
 */
export function whyNotPem(text: string, beginAt: number, name: Expected): string | null {
  const refuse = (what: string) => `The ${name} ${what}`;

  if (text === '') return refuse('is empty. Send it as PEM text.');
  if (utf16.test(text)) {
    return refuse(
      "is in UTF-16, as PowerShell's > writes it. Save the file as UTF-8 without a byte order mark.",
    );
  }
  if (text.startsWith(byteOrderMark)) {
    return refuse('starts with a byte order mark, which cannot be seen. Save the file as UTF-8 without it.');
  }
  if (beginAt !== -1) return null;
  if (almostBegin.test(text)) {
    return refuse(
      'has a damaged BEGIN line. It has five hyphens on each side, and its words in capitals: copy the whole file again.',
    );
  }
  if (fileName.test(text)) return refuse('is the name of a file. Send what is in that file.');
  return whyNoBeginLine(text, name);
}

function whyNoBeginLine(text: string, name: Expected): string {
  const der = decodeBase64(text);
  const content = der !== null && isOneSequence(der) ? contentOfDer(der) : null;
  const isWhatWasAskedFor = content !== null && acceptable[name].includes(content);
  return content === null || isWhatWasAskedFor
    ? `The ${name} is not PEM: it has no BEGIN line. Send the PEM text, not DER or base64 alone. ${convert[name]}`
    : insteadOf(name, content);
}

const acceptable: Readonly<Record<Expected, readonly Content[]>> = {
  certificate: ['certificate'],
  'private key': ['private key', 'encrypted private key'],
};

const convert: Readonly<Record<Expected, string>> = {
  certificate:
    'Convert DER: openssl x509 -inform DER -in certificate.der -out certificate.pem (and base64 before that: base64 -d)',
  'private key':
    'Convert DER: openssl pkey -inform DER -in key.der -out key.pem (and base64 before that: base64 -d)',
};
