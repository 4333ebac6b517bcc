import { type DerElement, readDer, readSequence, tags } from './der.js';

export type Expected = 'certificate' | 'private key';

const certificateHere =
  'The private key field holds a certificate. Send the private key alone there, and the certificate in its own field.';
const privateKeyHere =
  'The certificate field holds a private key. Send the certificate alone there. If that key went anywhere else on its way here, replace it.';
const publicKey = 'is a public key. Send the PEM file that was asked for.';
const itsKey = 'Send the private key that the certificate was issued for.';
const itsCertificate = 'Send the certificate.';

interface Kind extends Readonly<Record<Expected, string>> {
  readonly labels: readonly string[];
}

/**
 * The kinds of content of a PEM block or of DER: the labels of each, and the message where a field expects another. The
 * message is a whole sentence that starts with "The ", or the rest of one that starts with "The certificate" or "The
 * private key".
 */
const contents = {
  certificate: {
    labels: ['CERTIFICATE'],
    certificate: 'is a certificate.',
    'private key': certificateHere,
  },
  "OpenSSL's certificate": {
    labels: ['TRUSTED CERTIFICATE', 'X509 CERTIFICATE'],
    certificate:
      'is in a format of OpenSSL alone. Convert it: openssl x509 -in trusted.pem -out certificate.pem',
    'private key': certificateHere,
  },
  'private key': {
    labels: ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'],
    certificate: privateKeyHere,
    'private key': 'is a private key.',
  },
  'encrypted private key': {
    labels: ['ENCRYPTED PRIVATE KEY'],
    certificate: privateKeyHere,
    'private key':
      'is encrypted, and its passphrase is not known here. Decrypt it first: openssl pkey -in key.pem -out plain.pem',
  },
  'OpenSSH private key': {
    labels: ['OPENSSH PRIVATE KEY'],
    certificate: privateKeyHere,
    'private key':
      "is in the format of OpenSSH. Convert a copy, with an empty new passphrase: ssh-keygen -p -m PKCS8 -N '' -f copy.pem. An Ed25519 key stays as it is: make a new key then, and have a certificate issued for it.",
  },
  'DSA private key': {
    labels: ['DSA PRIVATE KEY'],
    certificate: privateKeyHere,
    'private key':
      'is a DSA key, which TLS no longer takes. Make a new key, RSA of 2048 to 4096 bits or EC P-256, and have a certificate issued for it.',
  },
  'EC parameters': {
    labels: ['EC PARAMETERS'],
    certificate: `holds EC PARAMETERS, which belong to a private key. ${itsCertificate}`,
    'private key': 'holds EC PARAMETERS alone, and no key. Send the block that has the key.',
  },
  'public key': {
    labels: ['PUBLIC KEY', 'RSA PUBLIC KEY'],
    certificate: publicKey,
    'private key': publicKey,
  },
  'signing request': {
    labels: ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'],
    certificate: 'is a signing request. Have a certificate authority sign it, and send what it gives back.',
    'private key': 'is a signing request. Send the private key that was made for it.',
  },
  'revocation list': {
    labels: ['X509 CRL'],
    certificate: `is a revocation list. ${itsCertificate}`,
    'private key': `is a revocation list. ${itsKey}`,
  },
  'PKCS #7': {
    labels: ['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA'],
    certificate:
      'is a PKCS #7 bundle. Take the leaf out of what this prints: openssl pkcs7 -print_certs -in bundle.p7b (add -inform DER where the file is binary)',
    'private key': `is a PKCS #7 bundle, which holds certificates and no key. ${itsKey}`,
  },
  'PKCS #12': {
    labels: [],
    certificate:
      'is a PKCS #12 file, which holds the private key too. Take the certificate out of it: openssl pkcs12 -in bundle.p12 -clcerts -nokeys | openssl x509 -out certificate.pem',
    'private key':
      'is a PKCS #12 file. Take the private key out of it: openssl pkcs12 -in bundle.p12 -nocerts -nodes | openssl pkey -out key.pem',
  },
} satisfies Record<string, Kind>;

export type Content = keyof typeof contents;

/** Null if the label is unknown. */
export function contentOfLabel(label: string): Content | null {
  const kinds = Object.entries<Kind>(contents) as [Content, Kind][];
  return kinds.find(([, { labels }]) => labels.includes(label))?.[0] ?? null;
}

const pkcs7 = '2a864886f70d0107';
const times: readonly number[] = [0x17, 0x18]; // UTCTime, GeneralizedTime

/**
 * The kind of content, by the tags of the first elements; null if it is unknown. The label alone does not tell:
 * `certutil -encode` writes BEGIN CERTIFICATE above any file.
 */
export function contentOfDer(der: Buffer): Content | null {
  const [first, second, third] = readSequence(der) ?? [];
  switch (first?.tag) {
    case tags.integer:
      if (second?.tag === tags.sequence && isPkcs7(readDer(second.content)?.[0])) return 'PKCS #12';
      // A PKCS #1 public key is two integers: the modulus and the exponent. A private key starts with its version.
      return second?.tag === tags.integer && third === undefined ? 'public key' : 'private key';
    case tags.objectIdentifier:
      return isPkcs7(first) ? 'PKCS #7' : null;
    case tags.sequence:
      if (second?.tag === tags.octetString) return 'encrypted private key';
      if (second?.tag === tags.bitString) return 'public key';
      return second?.tag === tags.sequence ? contentOfSigned(first.content) : null;
    default:
      return null;
  }
}

function isPkcs7(type: DerElement | undefined): boolean {
  return type?.tag === tags.objectIdentifier && type.content.toString('hex').startsWith(pkcs7);
}

/** @param toBeSigned content of the first element of a signed object */
function contentOfSigned(toBeSigned: Buffer): Content {
  const fields = readDer(toBeSigned) ?? [];
  // A revocation list has its times here, a certificate has them in a SEQUENCE.
  if (fields.some(({ tag }) => times.includes(tag))) return 'revocation list';
  const isRequest = fields[0]?.tag === tags.integer && fields.length <= 4;
  return isRequest ? 'signing request' : 'certificate';
}

/** The message for a field that holds another kind of content than expected. Contains nothing of the input. */
export function insteadOf(expected: Expected, content: Content): string {
  const sentence: string = contents[content][expected];
  return sentence.startsWith('The ') ? sentence : `The ${expected} ${sentence}`;
}

/**
 * Whether the text has a private key, also a damaged one: its words stand in a BEGIN or END line, or base64 follows them. Words alone do
 * not count: `openssl x509 -text` prints `Private Key Usage Period`.
 */
export function hasPrivateKey(text: string): boolean {
  return privateKey.test(text);
}

const words = 'PRIVATE[^a-z\\r\\n]?KEY';
// The words come first: what is around them is looked at only where they are.
const privateKey = new RegExp(
  [
    `(?<=(?<![a-z])(?:BEGIN|END)[^\\r\\n]{0,40})${words}`,
    `${words}[^a-z\\r\\n]{0,2}[-\\u2010-\\u2015]{2}`,
    `${words}[^a-z0-9+/]{1,20}[a-z0-9+/]{40}`,
  ].join('|'),
  'i',
);
