import { readDer, readSequence, tags } from '../der.js';

const seedBytes = 32;
/** `[0]`, primitive: the seed-only form. */
const seedTag = 0x80;
/** Length of the expanded private key of ML-DSA-44, the shortest. */
const leastExpandedBytes = 2560;

/**
 * Why Cloudflare refuses the private key field of a PKCS #8 ML-DSA key, and how to convert it: the end of a sentence that
 * starts with "The private key". Null for the seed-only form, which Cloudflare requires
 * (ssl/post-quantum-cryptography/pqc-to-origin). The field has one of the three forms of RFC 9881; older programs write
 * them without the DER header.
 */
export function whyUnusableForm(key: Buffer, parameterSet: string): string | null {
  const [element, ...more] = readDer(key) ?? [];
  if (element?.tag === seedTag && element.content.length === seedBytes && more.length === 0) return null;
  const [seed, expanded] = readSequence(key) ?? [];
  const hasBoth = seed?.tag === tags.octetString && expanded?.tag === tags.octetString;
  if (hasBoth || key.length === seedBytes) {
    return `is ${parameterSet}, and not in the form of its seed alone, which Cloudflare asks for. Convert it with OpenSSL 3.5 or later: openssl pkey -in key.pem ${seedOnly} -out seed.pem`;
  }
  if (key.length >= leastExpandedBytes) {
    // The seed cannot be computed from the expanded key.
    return `is ${parameterSet} in its expanded form without the seed, and Cloudflare asks for the seed alone. Make a new key with OpenSSL 3.5 or later, and have a certificate issued for it: openssl genpkey -algorithm ${parameterSet} ${seedOnly} -out key.pem`;
  }
  return `is damaged: it is ${parameterSet} in none of the forms that there are. Copy the whole file again.`;
}

const seedOnly = '-provparam ml-dsa.output_formats=seed-only';
