/**
 * The bytes of a base64 text, which may contain white space; null if it is not base64. `Buffer.from` skips other
 * characters.
 */
export function decodeBase64(text: string): Buffer | null {
  const base64 = text.replace(/[ \t-\r]+/g, '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}
