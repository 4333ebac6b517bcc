import { GatewayError } from '../../platform/errors/gateway-error.js';

/**
 * The refusal of a request whose sender is not known.
 *
 * @param error of RFC 6750 §3.1; left out where no token was sent
 */
export function unauthenticated(message: string, error?: 'invalid_token' | 'invalid_request'): GatewayError {
  // The message is one of ours, in ASCII and without quotes: it stands in a quoted string.
  const attributes = error ? `, error="${error}", error_description="${message}"` : '';
  return new GatewayError('unauthenticated', message, {
    headers: { 'www-authenticate': `Bearer realm="origin-pulls-gateway"${attributes}` },
  });
}

/** The same words whether or not the zone exists. */
export function forbidden(more = ''): GatewayError {
  const message = `You are not allowed to do this in this zone. Ask the people who run the gateway for a role that allows it.${more}`;
  return new GatewayError('forbidden', message);
}
