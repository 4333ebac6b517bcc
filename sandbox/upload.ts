import { z } from 'zod';
import { readBody } from './body.js';
import { checkPrivateKey, readLeaf, type LeafCertificate } from './certificate.js';
import { type StoredCertificate } from './certificate-store.js';
import { type Status } from './life-cycle.js';

const uploadBody = z.object({ certificate: z.string(), private_key: z.string() });

/** What both kinds of upload take. The key is checked and dropped. @throws ApiError */
export function readUpload(body: string | undefined): LeafCertificate {
  const { certificate, private_key: privateKey } = readBody(uploadBody, body);
  const leaf = readLeaf(certificate);
  checkPrivateKey(leaf, privateKey);
  return leaf;
}

/** Both kinds look alike live: the spec forgets a zone certificate's serial_number (terraform PR #6791). */
export function presentCertificate({ id, leaf, life }: StoredCertificate, status: Status): object {
  return {
    id,
    certificate: leaf.pem,
    issuer: leaf.issuer,
    signature: leaf.signature,
    serial_number: leaf.serialNumber,
    expires_on: leaf.expiresAt.toISOString(),
    status,
    uploaded_on: new Date(life.beganAt).toISOString(),
  };
}
