import { GatewayError } from '../errors/gateway-error.js';

/**
 * Refuses an upload whose certificate field holds a private key: Cloudflare would store it, and show it as a
 * certificate. Everything else about an upload is Cloudflare's to decide.
 *
 * @throws GatewayError `private_key_in_certificate`
 */
export function refusePrivateKeyInCertificate(body: unknown): void {
  const certificate: unknown = (body as { certificate?: unknown } | null | undefined)?.certificate;
  if (certificate === undefined || !/PRIVATE KEY/i.test(JSON.stringify(certificate) ?? '')) return;
  throw new GatewayError(
    'private_key_in_certificate',
    'The certificate field holds a private key, and nothing was sent. Send the certificate alone there, and the key in private_key.',
  );
}
