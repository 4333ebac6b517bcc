import { type X509Certificate } from 'node:crypto';
import { contentOfDer, hasPrivateKey, insteadOf } from '../contents.js';
import { forbidsSigning, hasOtherNetscapeType } from '../extensions.js';
import { type PemExpectation, readPem, toPem } from '../pem.js';
import { isCheapToRead, type KeyKind, whyUnusable } from '../public-key.js';
import {
  type CertificateDetails,
  type CertificateOutline,
  detailsOf,
  outlineOf,
} from '../read-certificate.js';
import { isSignedWithBrokenHash } from '../signature-hash.js';
import { expiresSoonMs } from '../validity.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const clientAuth = '1.3.6.1.5.5.7.3.2';

export const warningCodes = [
  'NO_CLIENT_AUTH_USAGE',
  'NO_SIGNING_USAGE',
  'EXPIRES_SOON',
  'LONG_LIVED',
] as const;

export interface UploadWarning {
  readonly code: (typeof warningCodes)[number];
  readonly message: string;
}

export interface ReadableCertificate {
  readonly x509: X509Certificate;
  readonly key: KeyKind;
}

export interface CertificateCheck {
  readonly problems: readonly string[];
  readonly warnings: readonly UploadWarning[];
  /** For comparison with the private key; null if OpenSSL did not or could not parse the certificate. */
  readonly readable: ReadableCertificate | null;
  /** The certificate in normalized PEM; null if it could not be read. */
  readonly canonical: string | null;
}

const expectation: PemExpectation<'CERTIFICATE'> = {
  name: 'certificate',
  labels: ['CERTIFICATE'],
  maxKibibytes: 64,
  textAround: 'ignored',
};

const unreadable =
  'The certificate cannot be read: its PEM is whole, but an X.509 certificate is not what is in it. Have it issued or exported again.';

export function checkCertificate(text: string, now: Date): CertificateCheck {
  const pem = readPem(text, expectation);
  if (hasPrivateKey(text.slice(0, expectation.maxKibibytes * 1024))) {
    return refused(insteadOf('certificate', 'private key'));
  }
  if ('message' in pem) return refused(pem.message);
  const content = contentOfDer(pem.der);
  if (content === null) return refused(unreadable);
  if (content !== 'certificate') return refused(insteadOf('certificate', content));

  const outline = outlineOf(pem.der);
  if (outline === null) return refused(unreadable);
  const problems: string[] = [];
  const unusable = whyUnusable(outline.key, 'certificate');
  if (unusable) problems.push(`The certificate's key is ${unusable}`);
  if (isSignedWithBrokenHash(outline.signature)) {
    problems.push(
      'The certificate is signed with SHA-1 or MD5, which can be forged. Have it issued again, signed with SHA-256.',
    );
  }
  if (!isCheapToRead(outline.key)) return { problems, warnings: [], readable: null, canonical: null };

  const details = detailsOf(pem.der);
  if (details === null) return refused(unreadable);
  problems.push(...problemsOf(details, now));
  return {
    problems,
    warnings: [...usageWarnings(outline, details), ...validityWarnings(details, now)],
    readable: { x509: details.x509, key: outline.key },
    canonical: toPem(pem.label, pem.der),
  };
}

function refused(problem: string): CertificateCheck {
  return { problems: [problem], warnings: [], readable: null, canonical: null };
}

const selfSignedAuthority =
  'The certificate is self-signed, with CA:TRUE, which OpenSSL writes by itself. Make it again with -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=clientAuth';
const authority =
  "The certificate is a certificate authority's. Send a leaf certificate, one that the authority issued for a client.";

function problemsOf({ x509, ca, notBefore, notAfter }: CertificateDetails, now: Date): string[] {
  const problems: string[] = [];
  if (ca) problems.push(x509.issuer === x509.subject ? selfSignedAuthority : authority);
  if (now > notAfter) {
    problems.push(`The certificate expired on ${dateOf(notAfter)}. Have a new one issued, and send that.`);
  }
  if (now < notBefore) {
    problems.push(
      `The certificate is not valid before ${dateOf(notBefore)}. Send it from then on, or have one issued that is valid now.`,
    );
  }
  return problems;
}

const noClient = {
  unsaid: 'The certificate does not say that it is for clients, and some origins refuse it then.',
  denied: 'The certificate is for other uses than that of a client, and most origins will refuse it.',
};

function usageWarnings({ extensions }: CertificateOutline, { usages }: CertificateDetails): UploadWarning[] {
  const warnings: UploadWarning[] = [];
  if (!usages?.includes(clientAuth)) {
    const what = usages === null ? noClient.unsaid : noClient.denied;
    warnings.push({
      code: 'NO_CLIENT_AUTH_USAGE',
      message: `${what} Have it issued with the extended key usage clientAuth, or try it on your origin first.`,
    });
  } else if (hasOtherNetscapeType(extensions)) {
    warnings.push({
      code: 'NO_CLIENT_AUTH_USAGE',
      message: `${noClient.denied} Its Netscape certificate type says so, whatever its extended key usage says: have it issued without nsCertType, or try it on your origin first.`,
    });
  }
  if (forbidsSigning(extensions)) {
    warnings.push({
      code: 'NO_SIGNING_USAGE',
      message:
        "The certificate's key usage leaves out digitalSignature, with which a client signs the handshake, and most origins will refuse it. Have it issued with the key usage digitalSignature, or try it on your origin first.",
    });
  }
  return warnings;
}

function validityWarnings({ notBefore, notAfter }: CertificateDetails, now: Date): UploadWarning[] {
  const warnings: UploadWarning[] = [];
  const msLeft = notAfter.getTime() - now.getTime();
  if (msLeft >= 0 && msLeft < expiresSoonMs) {
    warnings.push({
      code: 'EXPIRES_SOON',
      message: `The certificate expires on ${dateOf(notAfter)}, in fewer than 14 days. Have its successor issued now, and upload that before then.`,
    });
  }
  if (notAfter.getTime() - notBefore.getTime() > 398 * DAY_MS) {
    warnings.push({
      code: 'LONG_LIVED',
      message: `The certificate is valid for more than 398 days, until ${dateOf(notAfter)}. Should its key leak, it can be used that long: prefer shorter ones, and replace them on a schedule.`,
    });
  }
  return warnings;
}

function dateOf(date: Date): string {
  return `${date.toISOString().slice(0, 10)} (UTC)`;
}
