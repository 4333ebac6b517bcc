import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mayBeWritten } from './may-be-written.js';

const token = 'Zk3vQ9_xT1-bN7mLw5RcYp2HsDf8JgKa0EuViOqB';
const key = '144c9defac04969c7bfad8efaa8ea194';
const email = 'somebody@example.com';
const byToken = { authorization: `Bearer ${token}` };
const byKey = { 'x-auth-email': email, 'x-auth-key': key };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');

const derOf = ({ privateKey }: { privateKey: KeyObject }, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  privateKey.export({ format: 'der', type: type as 'pkcs8' }).toString('hex');
const ed25519 = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const privateKeys = [
  ['Ed25519', derOf(ed25519)],
  ['EC', derOf(ec)],
  ['EC (SEC 1)', derOf(ec, 'sec1')],
  ['RSA', derOf(rsa)],
  ['RSA (PKCS #1)', derOf(rsa, 'pkcs1')],
] as const;

describe('mayBeWritten', () => {
  it.each<[string, string, Record<string, string>]>([
    ['the token of the request', token, byToken],
    ['the token between other words', `tool/1 (${token})`, byToken],
    ['the whole Authorization header', `Bearer ${token}`, byToken],
    ['a piece of the token', token.slice(9, 25), byToken],
    ['the token in capitals', token.toUpperCase(), byToken],
    ['the token without separators', token.replace(/[_-]/g, ''), byToken],
    ['the token with separators', (token.match(/.{1,5}/g) ?? []).join('.'), byToken],
    [
      'the percent-encoded token',
      [...Buffer.from(token)].map((byte) => `%${byte.toString(16)}`).join(''),
      byToken,
    ],
    ['the token in base64', base64(token), byToken],
    ['the token in base64 after other text', base64(`x:${token}`), byToken],
    ['a piece of the token in base64', base64(token).slice(5, 25), byToken],
    ['the token in hex', hex(token), byToken],
    ['a piece of the token in hex', hex(token).slice(10, 30), byToken],
    ['the value of a Basic Authorization header', key, { authorization: `Basic ${key}` }],
    ['the API key', key, byKey],
    ['the API key in capitals', key.toUpperCase(), byKey],
    ['a piece of the API key', key.slice(8, 24), byKey],
    ['the e-mail address in capitals', `tool of ${email.toUpperCase()}`, byKey],
    ['the percent-encoded e-mail address', 'somebody%40example.com', byKey],
    ['the e-mail address in base64', base64(email), byKey],
    ['a BEGIN line of PEM', '-----BEGIN PRIVATE KEY----- MIGHAgEAMBMGByqGSM49', {}],
    ['a percent-encoded BEGIN line', '%2D%2D%2D%2D%2DBEGIN%20X', {}],
    ['a BEGIN line without dashes', 'BEGIN_EC_PRIVATE_KEY', {}],
    ['a line of a private key', 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4Fz1cYpQn7Xk', {}],
    ['the token of another request', `tool ${token}`, byKey],
    ...privateKeys.flatMap(([kind, der]): [string, string, Record<string, string>][] => [
      [`a private key of ${kind} in hex`, `tool ${der}`, {}],
      [`a private key of ${kind} in capital hex`, der.toUpperCase(), {}],
      [`a private key of ${kind} in hex with colons`, (der.match(/../g) ?? []).join(':'), {}],
      [`the hex of a private key of ${kind} in base64`, base64(der), {}],
    ]),
    ['a piece of a private key in hex', 'ab'.repeat(70), {}],
  ])('A text with %s may not be written', (_, text, headers) => {
    expect(mayBeWritten(text, headers)).toBe(false);
  });

  it.each<[string, string, Record<string, string>]>([
    [
      'the User-Agent of a browser',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0',
      byToken,
    ],
    ['the User-Agent of an SDK', 'Cloudflare/TypeScript 7.3.0 (MacIntel; node/24)', byKey],
    ['a UUID', '01a21841-8b63-7095-898a-663c8c8adea0', byToken],
    ['a UUID between words', 'Req-01a21841-8b63-7095-898a-663c8c8adea0-retry', byToken],
    ['a trace id', '4bf92f3577b34da6a3ce929d0e0e4736', byKey],
    ['a hash', 'a'.repeat(64), byKey],
    ['a hash of SHA-512', '9f'.repeat(64), byKey],
    ['a fingerprint with colons', Array(32).fill('9F').join(':'), byKey],
    ['a hostname in the domain of the e-mail address', 'app.example.com', byKey],
    ['a hostname like the e-mail address', 'somebody.example.com', byKey],
    ['the word Bearer', 'Bearer', byToken],
    ['an API key of three characters', 'abc', { 'x-auth-email': email, 'x-auth-key': 'abc' }],
  ])('A text with %s may be written', (_, text, headers) => {
    expect(mayBeWritten(text, headers)).toBe(true);
  });

  it('mayBeWritten takes less than 200 ms for a text of 15,000 characters', () => {
    const headers = { authorization: `Bearer ${'aB1'.repeat(340)}`, cookie: 'aB1'.repeat(4000) };
    const begun = performance.now();
    mayBeWritten('bA1'.repeat(5000), headers);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});
