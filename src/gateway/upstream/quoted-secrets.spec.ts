import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { operations } from '../../domain/cloudflare/operations.js';
import { Secret } from '../../platform/context/secret.js';
import { withoutQuotedSecrets } from './quoted-secrets.js';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const base64 = pem.split('\n').slice(1, -2).join('').replace(/=+$/, '');
const text = base64.replace(/.{64}/g, '$&\n');
const der = Buffer.from(base64, 'base64');
const token = randomBytes(30).toString('base64url');
const apiKey = randomBytes(19).toString('hex').slice(1);
const lines = (text: string, length: number, end: string) =>
  text.match(new RegExp(`.{1,${length}}`, 'g'))?.join(end) ?? '';

function maskedIn(message: string, status = 400): string {
  const body = Buffer.from(JSON.stringify({ success: false, errors: [{ code: 1, message }] }));
  const credential = { kind: 'token', token: new Secret(token) } as const;
  const raw = withoutQuotedSecrets({ status, headers: {}, body }, credential, {
    operation: operations['zone_certificate.upload'],
    params: { zone_id: '' },
    body: { certificate: 'x', private_key: pem },
  });
  return (JSON.parse(raw.body.toString()) as { errors: { message: string }[] }).errors[0]?.message ?? '';
}

describe('Secrets quoted in an answer', () => {
  // The letters of the message beside the piece differ from those of the key: else one more character matches.
  const alone = new RegExp('[^d]([^]{16})[^h]', 'i').exec(base64.slice(700))?.[1] ?? '';

  it.each([
    ['the key in one line', base64],
    ['16 characters of the key', alone],
    ['the key in lines of 10 characters', lines(base64, 10, '\n')],
    ['the key with Windows line ends', lines(base64, 10, '\r\n')],
    ['the key with escaped line ends', lines(base64, 10, '\\n')],
    ['the key with line ends that are escaped twice', lines(base64, 10, '\\\\n')],
    ['the key with spaces for line ends', lines(base64, 12, ' ')],
    ['the key in base64url', Buffer.from(base64, 'base64').toString('base64url')],
    ['the key in lower case', pem.toLowerCase().replace(/-.*-/g, '')],
    ['the lines of the key in hex', Buffer.from(text).toString('hex')],
    ['the DER in upper-case hex', der.toString('hex').toUpperCase()],
    ['the DER in hex with colons', lines(der.toString('hex'), 2, ':')],
    ['the lines of the key in base64', Buffer.from(text).toString('base64')],
    ['the lines of the key in base64 after another byte', Buffer.from(`x${text}`).toString('base64')],
    ['a part of the DER in base64', der.subarray(22).toString('base64')],
    ['the percent-encoded key', encodeURIComponent(text)],
    ['the twice percent-encoded key', encodeURIComponent(encodeURIComponent(text))],
    ['the key with HTML entities', base64.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;')],
    [
      'the key with Unicode escapes',
      base64.replace(/[+/]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    ],
    ['the key as a JSON list of lines', JSON.stringify(base64.match(/.{1,12}/g))],
    ['the token', token],
    ['a piece of the token', token.slice(5, 21)],
    ['the token in base64', Buffer.from(`user:${token}`).toString('base64')],
    ['the token in hex', Buffer.from(token).toString('hex')],
  ])('A refusal that quotes %s is passed on without it', (_, quoted) => {
    const message = maskedIn(`Refused: ${quoted} <- here`);
    expect(message).toMatch(/^Refused: [^]*\[removed\][^]*here$/);
    // The rest between two removed pieces is short.
    const left = message
      .slice('Refused: '.length, -' <- here'.length)
      .replace(/-+(?:begin|end) private key-+/gi, '');
    expect(left.split('[removed]').every((rest) => rest.replace(/\W/g, '').length < 24)).toBe(true);
  });

  it.each([
    ['15 characters of the key', base64.slice(700, 715)],
    ['a UUID', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60'],
    ['a certificate id', '023e105f4ecef8ad9ca31a8372d0c353'],
    ['a Ray ID', '230b030023ae2822-SJC'],
    ['the words of a BEGIN line', 'it must begin with ----- and BEGIN PRIVATE KEY'],
    [
      'ordinary words',
      'The private_key does not belong to the certificate; see https://developers.cloudflare.com/ssl/origin-configuration',
    ],
    ['other base64', randomBytes(3000).toString('base64')],
  ])('A refusal that quotes %s is passed on as it is', (_, said) => {
    expect(maskedIn(said)).toBe(said);
  });

  it('A piece of the key of 16 to 45 characters is removed wherever it begins', () => {
    for (let start = 0; start + 16 <= base64.length; start += 1) {
      const length = 16 + (start % 30);
      expect(maskedIn(`: ${base64.slice(start, start + length)} !`)).toBe(': [removed] !');
    }
  });

  it('A success that quotes the key is passed on byte for byte', () => {
    expect(maskedIn(base64, 200)).toBe(base64);
  });

  it.each([
    ['of 37 characters', apiKey],
    ['of 12 characters', 'short-secret'],
  ])('A refusal is passed on without the API key %s, with the e-mail address', (_, key) => {
    const credential = {
      kind: 'key',
      email: new Secret('somebody@example.com'),
      key: new Secret(key),
    } as const;
    const body = Buffer.from(`{"message":"${key} of somebody@example.com"}`);
    const raw = withoutQuotedSecrets(
      { status: 403, headers: { 'cf-ray': key, 'retry-after': '5' }, body },
      credential,
      {
        operation: operations['settings.get'],
        params: { zone_id: '' },
      },
    );
    expect(raw.body.toString()).toBe('{"message":"[removed] of somebody@example.com"}');
    expect(raw.headers).toEqual({ 'retry-after': '5' });
  });

  it.each([
    ['as it is', token],
    ['in hexadecimal', Buffer.from(token).toString('hex')],
    ...[0, 1, 2].map((shift) => [
      `in base64, ${shift} bytes further`,
      Buffer.from(`${'x'.repeat(shift)}${token} and more`).toString('base64'),
    ]),
  ])('A success is passed on without a credential that the caller does not have, %s', (_, quoted = '') => {
    const body = Buffer.from(JSON.stringify({ success: true, result: { note: `a ${quoted} b` } }));
    const credential = { kind: 'token', token: new Secret(token) } as const;
    const call = { operation: operations['settings.get'], params: { zone_id: '' } };
    const passed = (isOfCaller: boolean) =>
      withoutQuotedSecrets({ status: 200, headers: {}, body }, credential, call, isOfCaller).body;

    expect(passed(true)).toBe(body);
    expect(passed(false).toString()).toContain('[removed]');
    expect(passed(false).toString()).not.toContain(quoted.slice(4, 24));
  });
});
