import { GatewayError } from '../errors/gateway-error.js';
import { mentionsPrivateKey } from '../x509/contents.js';

/**
 * Refuses an upload whose certificate field holds a private key: Cloudflare would store the key and return it as a
 * certificate. Cloudflare validates the rest of the upload.
 *
 * @throws GatewayError `private_key_in_certificate`
 */
export function refusePrivateKeyInCertificate(body: unknown): void {
  const certificate: unknown = (body as { certificate?: unknown } | null | undefined)?.certificate;
  if (certificate === undefined || !mentionsPrivateKey(JSON.stringify(certificate) ?? '')) return;
  throw new GatewayError(
    'private_key_in_certificate',
    'The certificate field holds a private key, and nothing was sent. Send the certificate alone there, and the key in private_key.',
  );
}
