import { checkCertificate, type UploadWarning } from './check-certificate.js';
import { checkPrivateKey } from './check-private-key.js';

interface UploadProblem {
  readonly field: 'certificate' | 'privateKey';
  readonly message: string;
}

export interface UploadCheck {
  /** Every problem that could be found, the certificate's first. */
  readonly problems: readonly UploadProblem[];
  /** No reason to refuse the upload; about a certificate that could be read. */
  readonly warnings: readonly UploadWarning[];
  /** What to send: the same certificate and key, written anew. Null where there is a problem. */
  readonly canonical: { readonly certificate: string; readonly privateKey: string } | null;
}

/**
 * Checks a client certificate and its private key before they are sent to Cloudflare. Takes any text, throws for none,
 * and computes with no number that the sender chose. Messages are for people, and hold nothing of what was sent but
 * dates and the size of a key.
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
