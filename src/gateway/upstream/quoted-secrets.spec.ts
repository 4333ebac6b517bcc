import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
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
    operation: { name: 'zone_certificate.upload', kind: 'write', method: 'POST', path: '' },
    params: { zone_id: '' },
    body: { certificate: 'x', private_key: pem },
  });
  return (JSON.parse(raw.body.toString()) as { errors: { message: string }[] }).errors[0]?.message ?? '';
}

describe('a message that quotes a secret', () => {
  // Beside letters of the message that are not those of the key: else the piece has one character more.
  const alone = new RegExp('[^d]([^]{16})[^h]', 'i').exec(base64.slice(700))?.[1] ?? '';

  it.each([
    ['the lines of the key', base64],
    ['16 characters', alone],
    ['lines of 10 characters', lines(base64, 10, '\n')],
    ['lines that end as Windows ends them', lines(base64, 10, '\r\n')],
    ['escapes of line ends', lines(base64, 10, '\\n')],
    ['escapes that were escaped', lines(base64, 10, '\\\\n')],
    ['spaces for line ends', lines(base64, 12, ' ')],
    ['base64url', Buffer.from(base64, 'base64').toString('base64url')],
    ['lower case', pem.toLowerCase().replace(/-.*-/g, '')],
    ['hex of the PEM', Buffer.from(text).toString('hex')],
    ['hex of the DER, in upper case', der.toString('hex').toUpperCase()],
    ['hex with colons', lines(der.toString('hex'), 2, ':')],
    ['base64 of the PEM', Buffer.from(text).toString('base64')],
    ['base64 of the PEM after one byte', Buffer.from(`x${text}`).toString('base64')],
    ['base64 of a part of the DER', der.subarray(22).toString('base64')],
    ['a URL', encodeURIComponent(text)],
    ['a URL in a URL', encodeURIComponent(encodeURIComponent(text))],
    ['HTML', base64.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;')],
    ['Unicode escapes', base64.replace(/[+/]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)],
    ['a list of lines, as text', JSON.stringify(base64.match(/.{1,12}/g))],
    ['the token', token],
    ['a piece of the token', token.slice(5, 21)],
    ['base64 of the token', Buffer.from(`user:${token}`).toString('base64')],
    ['hex of the token', Buffer.from(token).toString('hex')],
  ])('as %s comes without it', (_, quoted) => {
    const message = maskedIn(`Refused: ${quoted} <- here`);
    expect(message).toMatch(/^Refused: [^]*\[removed\][^]*here$/);
    // What is left between two pieces is shorter than a piece.
    const left = message
      .slice('Refused: '.length, -' <- here'.length)
      .replace(/-+(?:begin|end) private key-+/gi, '');
    expect(left.split('[removed]').every((rest) => rest.replace(/\W/g, '').length < 24)).toBe(true);
  });

  it.each([
    ['15 characters of it', base64.slice(700, 715)],
    ['a UUID', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60'],
    ['a certificate id', '023e105f4ecef8ad9ca31a8372d0c353'],
    ['a ray', '230b030023ae2822-SJC'],
    ['the armour', 'it must begin with ----- and BEGIN PRIVATE KEY'],
    [
      'words',
      'The private_key does not belong to the certificate; see https://developers.cloudflare.com/ssl/origin-configuration',
    ],
    ['another key', randomBytes(3000).toString('base64')],
  ])('is left as it is where that is %s', (_, said) => {
    expect(maskedIn(said)).toBe(said);
  });

  it('is found at every place and of every length', () => {
    for (let start = 0; start + 16 <= base64.length; start += 1) {
      const length = 16 + (start % 30);
      expect(maskedIn(`: ${base64.slice(start, start + length)} !`)).toBe(': [removed] !');
    }
  });

  it('is no success', () => {
    expect(maskedIn(base64, 200)).toBe(base64);
  });

  it.each([apiKey, 'short-secret'])('is found for the API key %s, and the e-mail address is left', (key) => {
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
        operation: { name: 'settings.get', kind: 'read', method: 'GET', path: '' },
        params: { zone_id: '' },
      },
    );
    expect(raw.body.toString()).toBe('{"message":"[removed] of somebody@example.com"}');
    expect(raw.headers).toEqual({ 'retry-after': '5' });
  });
});
