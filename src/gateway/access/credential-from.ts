import { type IncomingHttpHeaders } from 'node:http';
import { Secret } from '../../platform/context/secret.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Credential } from '../../domain/cloudflare/credential.js';

// RFC 6750 §2.1 `b64token`, with a bound on its length: a JWT with many groups has some kilobytes.
const bearer = /^Bearer +([A-Za-z0-9._~+/-]{1,8192}=*)$/i;
const apiKey = /^[A-Za-z0-9._-]{1,256}$/;
const email = /^[\x21-\x3f\x41-\x7e]{1,256}@[\x21-\x3f\x41-\x7e]{1,256}$/;

/**
 * The credential in the headers. If there is an `Authorization`, `X-Auth-Email` and `X-Auth-Key` are not read: older SDKs send
 * all that they find in the environment.
 *
 * @throws GatewayError `credentials_missing` or `credentials_malformed`, worded as Cloudflare words them.
 */
export function credentialFrom(headers: IncomingHttpHeaders): Credential {
  if (headers.authorization) {
    const token = bearer.exec(headers.authorization)?.[1];
    if (!token) throw malformed(6111, 'Invalid format for Authorization header');
    return { kind: 'token', token: new Secret(token) };
  }
  const sentEmail = joined(headers['x-auth-email']);
  const sentKey = joined(headers['x-auth-key']);
  if (!sentEmail || !sentKey) {
    const message = 'Missing X-Auth-Key, X-Auth-Email or Authorization headers';
    throw new GatewayError('credentials_missing', message);
  }
  if (!email.test(sentEmail)) throw malformed(6102, 'Invalid format for X-Auth-Email header');
  if (!apiKey.test(sentKey)) throw malformed(6103, 'Invalid format for X-Auth-Key header');
  return { kind: 'key', email: new Secret(sentEmail), key: new Secret(sentKey) };
}

/** A header that may be repeated; empty if it is missing. */
export function joined(header: string | string[] | undefined): string {
  return [header].flat().join(', ');
}

function malformed(code: number, message: string): GatewayError {
  return new GatewayError('credentials_malformed', 'Invalid request headers', {
    errorChain: [{ code, message }],
  });
}
