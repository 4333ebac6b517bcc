import { checkCertificate, type UploadWarning } from './check-certificate.js';
import { checkPrivateKey } from './check-private-key.js';

interface UploadProblem {
  readonly field: 'certificate' | 'privateKey';
  readonly message: string;
}

export interface UploadCheck {
  /** All problems found, those of the certificate first. */
  readonly problems: readonly UploadProblem[];
  /** Warnings about a readable certificate. They do not prevent the upload. */
  readonly warnings: readonly UploadWarning[];
  /** The certificate and key in normalized PEM, to be sent; null if there is a problem. */
  readonly canonical: { readonly certificate: string; readonly privateKey: string } | null;
}

/**
 * Checks a client certificate and its private key before they are sent to Cloudflare. Accepts any text and never
 * throws. Its cost is bounded: OpenSSL parses only keys whose kind and size were checked. Of the input, messages
 * contain only dates and key sizes.
 */
export function checkUpload(upload: { certificate: string; privateKey: string; now: Date }): UploadCheck {
  const certificate = checkCertificate(upload.certificate, upload.now);
  const privateKey = checkPrivateKey(upload.privateKey, certificate.readable);
  const problems: UploadProblem[] = [
    ...certificate.problems.map((message) => ({ field: 'certificate' as const, message })),
    ...privateKey.problems.map((message) => ({ field: 'privateKey' as const, message })),
  ];
  const canonical =
    problems.length === 0 && certificate.canonical !== null && privateKey.canonical !== null
      ? { certificate: certificate.canonical, privateKey: privateKey.canonical }
      : null;
  return { problems, warnings: certificate.warnings, canonical };
}
