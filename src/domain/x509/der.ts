/** One element of DER: its tag byte and its content. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** `[0]`, constructed. */
  context0: 0xa0,
} as const;

/**
 * The elements of these bytes, without the elements inside them; null if the bytes are not DER. Reads in one pass and
 * does no arithmetic on the content, so that a key or a certificate can be inspected before OpenSSL parses it.
 */
export function readDer(bytes: Buffer): readonly DerElement[] | null {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const header = readHeader(bytes, offset);
    if (header === null) return null;
    const end = header.contentAt + header.length;
    if (end > bytes.length) return null;
    elements.push({ tag: header.tag, content: bytes.subarray(header.contentAt, end) });
    offset = end;
  }
  return elements;
}

/** The elements of a SEQUENCE; null if the bytes are not exactly one SEQUENCE. */
export function readSequence(bytes: Buffer): readonly DerElement[] | null {
  const [sequence, ...more] = readDer(bytes) ?? [];
  return sequence?.tag === tags.sequence && more.length === 0 ? readDer(sequence.content) : null;
}

/** Whether the bytes are exactly one SEQUENCE. Reads the header only. */
export function isOneSequence(bytes: Buffer): boolean {
  const header = bytes.length > 0 ? readHeader(bytes, 0) : null;
  return header?.tag === tags.sequence && header.contentAt + header.length === bytes.length;
}

interface Header {
  readonly tag: number;
  readonly contentAt: number;
  readonly length: number;
}

function readHeader(bytes: Buffer, offset: number): Header | null {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  // Certificates and keys have no tags of more than one byte.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null;
  if (first < 0x80) return { tag, contentAt: offset + 2, length: first };
  const size = first & 0x7f;
  const contentAt = offset + 2 + size;
  // Size 0 is the indefinite length of BER. Four bytes express up to 4 GiB.
  if (size === 0 || size > 4 || contentAt > bytes.length) return null;
  return { tag, contentAt, length: bytes.readUIntBE(offset + 2, size) };
}

/**
 * The bytes of a base64 text, which may contain white space; null if it is not base64. `Buffer.from` skips other
 * characters.
 */
export function decodeBase64(text: string): Buffer | null {
  const base64 = text.replace(/[ \t-\r]+/g, '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}
