import { type DerElement, readDer, readSequence, tags } from './der.js';

/** `[3]`, constructed: holds the extensions of a certificate. */
const context3 = 0xa3;

/**
 * The values of a certificate's extensions, by the bytes of their object identifiers in hexadecimal.
 *
 * @param fields of the TBSCertificate
 */
export function extensionsIn(fields: readonly DerElement[]): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const wrapper = fields.find(({ tag }) => tag === context3);
  for (const extension of wrapper ? (readSequence(wrapper.content) ?? []) : []) {
    const parts = readDer(extension.content) ?? [];
    const [identifier] = parts;
    // The `critical` flag may stand between the two.
    const value = parts.at(-1);
    if (identifier?.tag !== tags.objectIdentifier || value?.tag !== tags.octetString) continue;
    found.set(identifier.content.toString('hex'), value.content);
  }
  return found;
}

const keyUsage = '551d0f';
const netscapeCertType = '6086480186f8420101';

/** Whether the certificate has a key usage (RFC 5280, 4.2.1.3) without digitalSignature. */
export function forbidsSigning(extensions: ReadonlyMap<string, Buffer>): boolean {
  return lacksFirstBit(extensions.get(keyUsage)); // bit 0 is digitalSignature
}

/** Whether the certificate has a Netscape certificate type, which OpenSSL still checks, without the client bit. */
export function hasOtherNetscapeType(extensions: ReadonlyMap<string, Buffer>): boolean {
  return lacksFirstBit(extensions.get(netscapeCertType)); // bit 0 is SSL client
}

/** The first byte of a BIT STRING is the number of its unused bits. */
function lacksFirstBit(bits: Buffer | undefined): boolean {
  const [string] = bits ? (readDer(bits) ?? []) : [];
  return string?.tag === tags.bitString && ((string.content[1] ?? 0) & 0x80) === 0;
}
