import { readDer, readSequence, tags } from '../der.js';

const seedBytes = 32;
/** `[0]`, primitive: the seed-only form. */
const seedTag = 0x80;
/** Length of the expanded private key of ML-DSA-44, the shortest. */
const leastExpandedBytes = 2560;

type Form = 'seed' | 'with a seed' | 'expanded';

/**
 * The form of the private key field of a PKCS #8 ML-DSA key: one of the three of RFC 9881, also without its DER header,
 * as older programs write it. Null if it is none of them.
 */
function formOf(key: Buffer): Form | null {
  const [element, ...more] = readDer(key) ?? [];
  if (element?.tag === seedTag && element.content.length === seedBytes && more.length === 0) return 'seed';
  const [seed, expanded] = readSequence(key) ?? [];
  if (seed?.tag === tags.octetString && expanded?.tag === tags.octetString) return 'with a seed';
  if (key.length === seedBytes) return 'with a seed';
  return key.length >= leastExpandedBytes ? 'expanded' : null;
}

/**
 * Why Cloudflare refuses the key in this form, and how to convert it: the end of a sentence that starts with "The
 * private key". Null for the seed-only form, which Cloudflare requires (ssl/post-quantum-cryptography/pqc-to-origin).
 */
export function whyUnusableForm(key: Buffer, parameterSet: string): string | null {
  switch (formOf(key)) {
    case 'seed':
      return null;
    case 'with a seed':
      return `is ${parameterSet}, and not in the form of its seed alone, which Cloudflare asks for. Convert it with OpenSSL 3.5 or later: openssl pkey -in key.pem ${seedOnly} -out seed.pem`;
    case 'expanded':
      // The seed cannot be computed from the expanded key.
      return `is ${parameterSet} in its expanded form without the seed, and Cloudflare asks for the seed alone. Make a new key with OpenSSL 3.5 or later, and have a certificate issued for it: openssl genpkey -algorithm ${parameterSet} ${seedOnly} -out key.pem`;
    case null:
      return `is damaged: it is ${parameterSet} in none of the forms that there are. Copy the whole file again.`;
  }
}

const seedOnly = '-provparam ml-dsa.output_formats=seed-only';
