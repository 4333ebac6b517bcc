import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { readSequence } from '../der.js';
import { toPem } from '../pem.js';
import { isCheapToRead, whyUnusable } from '../public-key.js';
import { type KeyLabel, type PrivateKeyOutline, readPrivateKey, unreadable } from '../read-private-key.js';
import { type ReadableCertificate } from './check-certificate.js';
import { whyUnusableForm } from './ml-dsa-key.js';

const formats = { 'PRIVATE KEY': 'pkcs8', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const;

const mismatch =
  'The private key does not belong to the certificate. Send the key that the certificate was issued for, or the certificate issued for this key.';

export interface PrivateKeyCheck {
  readonly problems: readonly string[];
  /** The key in normalized PEM; null if it could not be read. */
  readonly canonical: string | null;
}

/** @param certificate that the key must belong to; null if it could not be read */
export function checkPrivateKey(text: string, certificate: ReadableCertificate | null): PrivateKeyCheck {
  const outline = readPrivateKey(text);
  if (typeof outline === 'string') return refused(outline);
  const { label, der, kind } = outline;
  const why = whyUnusable(kind, 'private key');
  const problems = why === null ? [] : [`The private key is ${why}`];
  if (!isCheapToRead(kind)) return { problems, canonical: null };

  const badForm = whyBadForm(outline);
  if (badForm !== null) return refused(`The private key ${badForm}`);
  const canonical = toPem(label, der);
  // The cost of parsing a key of an unknown kind is unknown, so OpenSSL does not get it.
  if (kind.type === 'unknown') {
    if (certificate !== null && !isDeepStrictEqual(certificate.key, kind)) problems.push(mismatch);
    return { problems, canonical };
  }
  const key = keyOf(label, der);
  if (key === null) return refused(unreadable);
  if (certificate !== null && !belongsTo(key, certificate.x509)) problems.push(mismatch);
  return { problems, canonical };
}

function refused(problem: string): PrivateKeyCheck {
  return { problems: [problem], canonical: null };
}

function whyBadForm({ der, kind }: PrivateKeyOutline): string | null {
  if (kind.type !== 'ml-dsa') return null;
  const [, , key] = readSequence(der) ?? [];
  return whyUnusableForm(key?.content ?? Buffer.alloc(0), kind.parameterSet);
}

/** Null if OpenSSL cannot parse the key. Its message is dropped: it does not help the caller. */
function keyOf(label: KeyLabel, der: Buffer): KeyObject | null {
  try {
    return createPrivateKey({ key: der, format: 'der', type: formats[label] });
  } catch {
    return null;
  }
}

function belongsTo(key: KeyObject, x509: X509Certificate): boolean {
  try {
    return x509.checkPrivateKey(key);
  } catch {
    return false;
  }
}
