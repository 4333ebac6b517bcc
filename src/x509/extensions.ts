import { type DerElement, readDer, readSequence, tags } from './der.js';

/** `[3]`, constructed: where a certificate has its extensions. */
const context3 = 0xa3;

/**
 * The extensions of a certificate: by the bytes of their identifiers, in hexadecimal, what each holds.
 *
 * @param fields of what is signed in the certificate
 */
export function extensionsIn(fields: readonly DerElement[]): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const wrapper = fields.find(({ tag }) => tag === context3);
  for (const extension of wrapper ? (readSequence(wrapper.content) ?? []) : []) {
    const parts = readDer(extension.content) ?? [];
    const [identifier] = parts;
    // Between the two may be whether the extension is critical.
    const value = parts.at(-1);
    if (identifier?.tag !== tags.objectIdentifier || value?.tag !== tags.octetString) continue;
    found.set(identifier.content.toString('hex'), value.content);
  }
  return found;
}

const keyUsage = '551d0f';
const netscapeCertType = '6086480186f8420101';

/** Whether the certificate says what its key is for (RFC 5280, 4.2.1.3), and signing is not among it. */
export function forbidsSigning(extensions: ReadonlyMap<string, Buffer>): boolean {
  return lacksFirstBit(extensions.get(keyUsage)); // digitalSignature
}

/** Whether the certificate has Netscape's type, which OpenSSL still goes by, and that is not a client's. */
export function hasOtherNetscapeType(extensions: ReadonlyMap<string, Buffer>): boolean {
  return lacksFirstBit(extensions.get(netscapeCertType)); // SSL client
}

/** Of a BIT STRING: its first byte says how many bits at its end are not used. */
function lacksFirstBit(bits: Buffer | undefined): boolean {
  const [string] = bits ? (readDer(bits) ?? []) : [];
  return string?.tag === tags.bitString && ((string.content[1] ?? 0) & 0x80) === 0;
}
