import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { type ReadableCertificate } from './check-certificate.js';
import { contentOfDer, insteadOf } from './contents.js';
import { type DerElement, readDer, readSequence, tags } from './der.js';
import { whyUnusableForm } from './ml-dsa-key.js';
import { type PemExpectation, readPem, toPem } from './pem.js';
import {
  bitsOf,
  curveOf,
  integerAt,
  isCheapToRead,
  type KeyKind,
  keyKindOf,
  whyUnusable,
} from './public-key.js';

type KeyLabel = 'PRIVATE KEY' | 'RSA PRIVATE KEY' | 'EC PRIVATE KEY';

const expectation: PemExpectation<KeyLabel> = {
  name: 'private key',
  labels: ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'],
  maxKibibytes: 16,
};
const formats = { 'PRIVATE KEY': 'pkcs8', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const;

const unreadable =
  'The private key cannot be read: its PEM is whole, but the key that its BEGIN line promises is not what is in it. Write it anew: openssl pkey -in key.pem -out plain.pem. Where OpenSSL cannot read it either, export it again.';
const mismatch =
  'The private key does not belong to the certificate. Send the key that the certificate was issued for, or the certificate issued for this key.';

export interface PrivateKeyCheck {
  readonly problems: readonly string[];
  /** Null where the text could not be read. */
  readonly canonical: string | null;
}

/** @param certificate that the key has to belong to; null where there is none to compare with */
export function checkPrivateKey(text: string, certificate: ReadableCertificate | null): PrivateKeyCheck {
  const pem = readPem(text, expectation);
  if (/BEGIN (?:TRUSTED |X509 )?CERTIFICATE-/.test(text.slice(0, expectation.maxKibibytes * 1024))) {
    return refused(insteadOf('private key', 'certificate'));
  }
  if ('message' in pem) return refused(pem.message);
  const content = contentOfDer(pem.der);
  if (content !== null && content !== 'private key') return refused(insteadOf('private key', content));

  const kind = kindOf(pem.label, pem.der);
  if (kind === null) return refused(unreadable);
  const unusable = whyUnusable(kind, 'private key');
  const problems = unusable === null ? [] : [`The private key is ${unusable}`];
  if (!isCheapToRead(kind)) return { problems, canonical: null };
  const canonical = toPem(pem.label, pem.der);
  // What OpenSSL would compute to read such a key is not known here.
  if (kind.type === 'unknown') {
    return { problems: certificate === null || isOfKind(kind.oid, certificate) ? [] : [mismatch], canonical };
  }
  if (kind.type === 'ml-dsa') {
    const badForm = whyUnusableForm(
      readSequence(pem.der)?.[2]?.content ?? Buffer.alloc(0),
      kind.parameterSet,
    );
    if (badForm !== null) return refused(`The private key ${badForm}`);
  }
  const key = keyOf(pem.label, pem.der);
  if (key === null) return refused(unreadable);
  if (certificate !== null && !belongsTo(key, certificate.x509)) problems.push(mismatch);
  return { problems, canonical };
}

function refused(problem: string): PrivateKeyCheck {
  return { problems: [problem], canonical: null };
}

function kindOf(label: KeyLabel, der: Buffer): KeyKind | null {
  switch (label) {
    case 'RSA PRIVATE KEY':
      return rsaKind(der);
    case 'EC PRIVATE KEY': {
      const [, secret, ...optional] = readSequence(der) ?? [];
      // OpenSSL would take a PKCS #8 key of any kind under this label; that has a SEQUENCE here.
      if (secret?.tag !== tags.octetString) return null;
      const curve = optional.find(({ tag }) => tag === tags.context0);
      return { type: 'ec', curve: curveOf(curve && readDer(curve.content)?.[0]) };
    }
    case 'PRIVATE KEY': {
      const [, algorithm, key]: readonly DerElement[] = readSequence(der) ?? [];
      if (algorithm?.tag !== tags.sequence || key?.tag !== tags.octetString) return null;
      return keyKindOf(algorithm.content, () => integerAt(key.content, 1));
    }
  }
}

function rsaKind(der: Buffer): KeyKind | null {
  const modulus = integerAt(der, 1);
  return modulus && { type: 'rsa', bits: bitsOf(modulus) };
}

/** OpenSSL's message is dropped: it says nothing to who can act on it. */
function keyOf(label: KeyLabel, der: Buffer): KeyObject | null {
  try {
    return createPrivateKey({ key: der, format: 'der', type: formats[label] });
  } catch {
    return null;
  }
}

function isOfKind(oid: string, { key }: ReadableCertificate): boolean {
  return key.type === 'unknown' && key.oid === oid;
}

function belongsTo(key: KeyObject, x509: X509Certificate): boolean {
  try {
    return x509.checkPrivateKey(key);
  } catch {
    return false;
  }
}
