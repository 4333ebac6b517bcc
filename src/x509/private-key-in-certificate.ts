import { GatewayError } from '../errors/gateway-error.js';

/**
 * Refuses an upload whose certificate field holds a private key: Cloudflare would store it, and show it as a
 * certificate. Everything else about an upload is Cloudflare's to decide.
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

/** Also where the block is damaged. `openssl x509 -text` prints the name of an extension that is no key. */
export function mentionsPrivateKey(text: string): boolean {
  return /PRIVATE KEY(?! Usage Period)/i.test(text);
}
