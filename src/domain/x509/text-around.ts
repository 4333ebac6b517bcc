const begin = '-----BEGIN [^\\r\\n]{1,64}?-----';
const blank = '[^\\S\\r\\n]*';

/**
 * Where a block begins: a BEGIN line, or a BEGIN that base64 follows, since some forms join the lines of what is pasted. A text that
 * speaks of `-----BEGIN CERTIFICATE-----` begins no block.
 */
const blockStart = new RegExp(`^${blank}${begin}${blank}$|${begin}\\s*[A-Za-z0-9+/]{16}`, 'gm');
const blockEnd = /-----END [^\r\n]{1,64}?-----/;

/**
 * The PEM block without the text around it, which has no meaning (RFC 7468, section 2): `openssl pkcs12` writes `Bag Attributes`
 * above a certificate, `openssl x509 -text` all that is in it. Of several blocks, all from the first on; without a block, the whole
 * text.
 */
export function withoutTextAround(text: string): string {
  const [first, second] = text.matchAll(blockStart);
  const beginAt = text.indexOf('-----BEGIN ', first?.index);
  if (beginAt === -1) return text;
  const fromBegin = text.slice(beginAt);
  const end = second ? null : blockEnd.exec(fromBegin);
  return end ? fromBegin.slice(0, end.index + end[0].length) : fromBegin;
}
