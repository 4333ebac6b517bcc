import { describe, expect, it } from '@jest/globals';
import { type GatewayError } from '../../platform/errors/gateway-error.js';
import { credentialHeaders } from '../../domain/cloudflare/credential.js';
import { credentialFrom } from './credential-from.js';

const refusalOf = (headers: Record<string, string | string[]>) => {
  try {
    credentialFrom(headers);
    return undefined;
  } catch (error) {
    const { kind, details } = error as GatewayError;
    return details.errorChain?.[0]?.code ?? kind;
  }
};

describe('credentialFrom', () => {
  const key = { 'x-auth-email': 'user@example.com', 'x-auth-key': '144c9defac04969c7bfad8efaa8ea194' };

  it('A bearer token is read as the credential', () => {
    expect(credentialHeaders(credentialFrom({ authorization: 'Bearer abc._~+/-9==' }))).toEqual({
      authorization: 'Bearer abc._~+/-9==',
    });
  });

  it('An e-mail address and an API key are read as the credential', () => {
    expect(credentialHeaders(credentialFrom(key))).toEqual(key);
  });

  it('A bearer token of 8 KiB is read as the credential', () => {
    const authorization = `Bearer ${'x'.repeat(8192)}`;
    expect(credentialHeaders(credentialFrom({ authorization }))).toEqual({ authorization });
  });

  it('A bearer token takes precedence over an API key', () => {
    expect(credentialHeaders(credentialFrom({ ...key, authorization: 'bearer t' }))).toEqual({
      authorization: 'Bearer t',
    });
  });

  it.each([
    [{}, 'credentials_missing'],
    [{ 'x-auth-email': 'user@example.com' }, 'credentials_missing'],
    [{ 'x-auth-key': 'abc' }, 'credentials_missing'],
    [{ authorization: '' }, 'credentials_missing'],
    [{ authorization: 'Basic abc' }, 6111],
    [{ authorization: 'Bearer' }, 6111],
    [{ authorization: 'Bearer a b' }, 6111],
    [{ authorization: `Bearer ${'x'.repeat(8193)}` }, 6111],
    [{ ...key, authorization: 'Basic abc' }, 6111],
    [{ ...key, 'x-auth-key': 'a b' }, 6103],
    [{ ...key, 'x-auth-key': ['a', 'b'] }, 6103],
    [{ ...key, 'x-auth-email': 'nobody' }, 6102],
    [{ ...key, 'x-auth-email': 'a@b\r\nx: y' }, 6102],
  ])('The headers %j are refused with %s', (headers, refusal) => {
    expect(refusalOf(headers)).toBe(refusal);
  });

  it('A credential printed as JSON shows none of its values', () => {
    expect(
      JSON.stringify([credentialFrom(key), credentialFrom({ authorization: 'Bearer abc' })]),
    ).not.toMatch(/example|144c|abc/);
  });
});
