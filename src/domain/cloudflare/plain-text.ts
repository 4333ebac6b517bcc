const backslash = 0x5c;
const quote = 0x22;

/** The code of a character that no secret holds. */
const unlike = 63;

/** By byte: letters of either case, digits, and the two signs of base64 in both alphabets; 0 for all others. */
const codes = new Uint8Array(256);
for (let letter = 0; letter < 26; letter += 1) codes[0x61 + letter] = codes[0x41 + letter] = 1 + letter;
for (let digit = 0; digit < 10; digit += 1) codes[0x30 + digit] = 27 + digit;
for (const sign of '+-') codes[sign.charCodeAt(0)] = 37;
for (const sign of '/_') codes[sign.charCodeAt(0)] = 38;

/**
 * The letters, digits and signs of base64 in a text, without their case, and without what may be written in a number of ways:
 * white space, punctuation, the escapes of JSON, of URLs and of HTML.
 */
export function plainCodes(bytes: Buffer): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    // Nearly all characters are not escaped.
    const own = codes[bytes[at] ?? 0] ?? 0;
    if (own !== 0) {
      plain[length++] = own;
      at += 1;
      continue;
    }
    const token = tokenAt(bytes, at);
    const code = codeIn(token);
    if (code !== 0 && code !== unlike) plain[length++] = code;
    at = endIn(token);
  }
  return plain.subarray(0, length);
}

export function codeIn(token: number): number {
  return token & 0xff;
}

/** Where the next character begins. */
export function endIn(token: number): number {
  return token >> 8;
}

/**
 * One character of a text, however it is escaped, in one number, since there are millions. An unescaped quote is unlike any
 * character of a secret: a text of the JSON ends there.
 */
export function tokenAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  switch (byte) {
    case backslash:
      return afterBackslashes(bytes, at);
    case quote:
      return token(at + 1, unlike);
    case 0x25: // %
      return percentEncoded(bytes, at);
    case 0x26: // &
      return characterReference(bytes, at);
    default:
      return token(at + 1, codes[byte] ?? 0);
  }
}

function token(next: number, code: number): number {
  return (next << 8) | code;
}

/** A text may have been escaped more than once, so any number of backslashes begins an escape. */
function afterBackslashes(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === backslash) at += 1;
  const isEscaped = (at - start) % 2 === 1;
  const letter = String.fromCharCode(bytes[at] ?? 0);
  if (letter === 'u') return hexadecimal(bytes, at + 1, 4) ?? token(at + 1, 0);
  if (letter === 'x') return hexadecimal(bytes, at + 1, 2) ?? token(at + 1, 0);
  if ('nrtbf'.includes(letter)) return token(at + 1, 0);
  return isEscaped ? token(at + 1, codes[bytes[at] ?? 0] ?? 0) : token(at, 0);
}

/** A percent sign may be encoded itself: `%252B`. */
function percentEncoded(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (bytes[at] === 0x32 && bytes[at + 1] === 0x35) at += 2;
  return hexadecimal(bytes, at, 2) ?? hexadecimal(bytes, start + 1, 2) ?? token(start + 1, 0);
}

/** `&#43;`, `&#x2B;` */
function characterReference(bytes: Buffer, start: number): number {
  const reference = /^&#(?:x([0-9a-f]{1,4})|([0-9]{1,5}));/i.exec(bytes.toString('latin1', start, start + 9));
  if (!reference) return token(start + 1, 0);
  const [whole, hex, decimal] = reference;
  return token(start + whole.length, codeOf(hex === undefined ? Number(decimal) : parseInt(hex, 16)));
}

function hexadecimal(bytes: Buffer, at: number, digits: number): number | undefined {
  let value = 0;
  for (let place = at; place < at + digits; place += 1) {
    const digit = hexDigit(bytes[place] ?? 0);
    if (digit < 0) return undefined;
    value = value * 16 + digit;
  }
  return token(at + digits, codeOf(value));
}

function hexDigit(byte: number): number {
  const code = codes[byte] ?? 0;
  if (code >= 27 && code <= 36) return code - 27;
  return code >= 1 && code <= 6 ? code + 9 : -1;
}

function codeOf(character: number): number {
  return character < 256 ? (codes[character] ?? 0) : 0;
}
