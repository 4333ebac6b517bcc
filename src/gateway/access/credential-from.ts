import { type IncomingHttpHeaders } from 'node:http';
import { Secret } from '../../platform/context/secret.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Credential } from '../../domain/cloudflare/credential.js';

// RFC 6750 §2.1 `b64token`; the length bound keeps a forged header out of what we compute from it.
const bearer = /^Bearer +([A-Za-z0-9._~+/-]{1,1024}=*)$/i;
const apiKey = /^[A-Za-z0-9._-]{1,256}$/;
const email = /^[\x21-\x3f\x41-\x7e]{1,256}@[\x21-\x3f\x41-\x7e]{1,256}$/;

/**
 * The credential in the headers. `Authorization` wins over `X-Auth-Email` with `X-Auth-Key`, and only the winner is read:
 * older SDKs send everything they find in the environment.
 *
 * @throws GatewayError `credentials_missing` or `credentials_malformed`, worded as Cloudflare words them.
 */
export function credentialFrom(headers: IncomingHttpHeaders): Credential {
  if (headers.authorization) {
    const token = bearer.exec(headers.authorization)?.[1];
    if (!token) throw malformed(6111, 'Invalid format for Authorization header');
    return { kind: 'token', token: new Secret(token) };
  }
  const sentEmail = single(headers['x-auth-email']);
  const sentKey = single(headers['x-auth-key']);
  if (!sentEmail || !sentKey) {
    throw new GatewayError(
      'credentials_missing',
      'Missing X-Auth-Key, X-Auth-Email or Authorization headers',
    );
  }
  if (!email.test(sentEmail)) throw malformed(6102, 'Invalid format for X-Auth-Email header');
  if (!apiKey.test(sentKey)) throw malformed(6103, 'Invalid format for X-Auth-Key header');
  return { kind: 'key', email: new Secret(sentEmail), key: new Secret(sentKey) };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

function malformed(code: number, message: string): GatewayError {
  return new GatewayError('credentials_malformed', 'Invalid request headers', {
    errorChain: [{ code, message }],
  });
}
