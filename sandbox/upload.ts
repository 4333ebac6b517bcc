import { z } from 'zod';
import { readBody } from './body.js';
import { checkPrivateKey, readLeaf, type LeafCertificate } from './certificate.js';
import { type StoredCertificate } from './certificate-store.js';
import { type Status } from './life-cycle.js';

const uploadBody = z.object({ certificate: z.string(), private_key: z.string() });

/** Reads the body of both kinds of upload. The key is checked and not kept. @throws ApiError */
export function readUpload(body: string | undefined): LeafCertificate {
  const { certificate, private_key: privateKey } = readBody(uploadBody, body);
  const leaf = readLeaf(certificate);
  checkPrivateKey(leaf, privateKey);
  return leaf;
}

/** Both kinds have the same members in the live API; the spec lacks serial_number for zone certificates (terraform PR #6791). */
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
