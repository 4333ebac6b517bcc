import { hash, X509Certificate } from 'node:crypto';
import { type Client } from '../../request/client.js';
import { publicKeyFactsOf } from '../../../domain/x509/certificate-facts.js';
import { toPem } from '../../../domain/x509/pem.js';
import { type CertificateFacts } from '../record/event.js';

const longestName = 128;

/** All labels under which OpenSSL reads a certificate. */
const block = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([^-]*)-----END \1-----/g;

/**
 * The facts of the certificate in a PEM text, indented or not; of several blocks, of the first that is not of a certificate
 * authority. Null if there is none that can be read.
 */
export function certificateFactsIn(pem: unknown, client: Client): CertificateFacts | null {
  const blocks = typeof pem === 'string' ? [...pem.matchAll(block)] : [];
  for (const [, label = '', base64 = ''] of blocks) {
    try {
      // White space may be anywhere in a block. Not read as DER: Node.js would prefer a PEM text that stands inside it.
      const certificate = new X509Certificate(toPem(label, Buffer.from(base64, 'base64')));
      const facts = blocks.length === 1 || !certificate.ca ? factsOf(certificate, client) : null;
      if (facts) return facts;
    } catch {
      // No certificate, or an invalid date.
    }
  }
  return null;
}

/** Null if OpenSSL does not know the kind of its key. */
function factsOf(certificate: X509Certificate, client: Client): CertificateFacts | null {
  const { validFromDate, validToDate } = certificate;
  const key = publicKeyFactsOf(certificate);
  const issuerCn = issuerCnOf(certificate);
  return (
    key && {
      sha256: hash('sha256', certificate.raw),
      serial: certificate.serialNumber.toLowerCase(),
      spki_sha256: key.spkiSha256,
      not_before: validFromDate.toISOString(),
      not_after: validToDate.toISOString(),
      key_type: key.type,
      ...(key.bits !== null && { key_bits: key.bits }),
      // Cut by characters: half of one has no place in JSON.
      ...(issuerCn !== undefined &&
        client.mayBeWritten(issuerCn) && { issuer_cn: Array.from(issuerCn).slice(0, longestName).join('') }),
    }
  );
}

/** Not escaped. Undefined for an e-mail address, which is personal data. */
function issuerCnOf(certificate: X509Certificate): string | undefined {
  const { issuer } = certificate.toLegacyObject();
  // OpenSSL gives an array if there are several.
  const [name] = [(issuer as { CN?: string | string[] } | undefined)?.CN].flat();
  return name?.includes('@') ? undefined : name;
}
