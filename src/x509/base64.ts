/** Buffer skips what is not base64: only a text that comes out again has been read. White space may be anywhere. */
export function decodeBase64(text: string): Buffer | null {
  const base64 = text.replace(/[ \t-\r]+/g, '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}
