/** One element of DER: what its tag byte is, and what it holds. */
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
 * The elements that fill these bytes, not what is inside them; null where they are not DER. Enough to look into a key
 * or a certificate before OpenSSL does, and no more: one pass, no arithmetic on what is found.
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

/** What is in the one SEQUENCE that these bytes are; null where they are anything else, or more than that. */
export function readSequence(bytes: Buffer): readonly DerElement[] | null {
  const [sequence, ...more] = readDer(bytes) ?? [];
  return sequence?.tag === tags.sequence && more.length === 0 ? readDer(sequence.content) : null;
}

/** Whether these bytes are one SEQUENCE from the first to the last. It looks at the first few only. */
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
  // Tags of more than one byte are in no certificate or key.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null;
  if (first < 0x80) return { tag, contentAt: offset + 2, length: first };
  const size = first & 0x7f;
  const contentAt = offset + 2 + size;
  // No size is BER's "until the end mark"; four bytes are 4 GiB.
  if (size === 0 || size > 4 || contentAt > bytes.length) return null;
  return { tag, contentAt, length: bytes.readUIntBE(offset + 2, size) };
}
