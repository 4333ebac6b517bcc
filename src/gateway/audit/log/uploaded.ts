import { fingerprintOf } from '../../../domain/x509/fingerprint.js';

/** What Cloudflare says of the certificate that was uploaded; nothing where it does not tell which it is. */
export interface Uploaded {
  readonly id?: unknown;
  readonly certificate?: unknown;
}

/** @param sha256 of the certificate that was sent: among others it is known by that */
export function uploadedIn(result: unknown, sha256: string | undefined): Uploaded {
  const items = [result].flat().map((item) => (item ?? {}) as Uploaded);
  const [only, ...others] = items;
  if (only && others.length === 0) return only;
  const same = items.filter(
    ({ certificate }) => typeof certificate === 'string' && fingerprintOf(certificate) === sha256,
  );
  return same.length === 1 && same[0] ? same[0] : {};
}
