import { describe, expect, it } from '@jest/globals';
import { mayBeWritten } from './may-be-written.js';

const token = 'Zk3vQ9_xT1-bN7mLw5RcYp2HsDf8JgKa0EuViOqB';
const key = '144c9defac04969c7bfad8efaa8ea194';
const email = 'somebody@example.com';
const byToken = { authorization: `Bearer ${token}` };
const byKey = { 'x-auth-email': email, 'x-auth-key': key };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');

describe('What a caller sent', () => {
  it.each<[string, string, Record<string, string>]>([
    ['its token', token, byToken],
    ['its token beside other words', `tool/1 (${token})`, byToken],
    ['the header as it is', `Bearer ${token}`, byToken],
    ['a piece of its token', token.slice(9, 25), byToken],
    ['its token in capitals', token.toUpperCase(), byToken],
    ['its token without separators', token.replace(/[_-]/g, ''), byToken],
    ['its token with separators', (token.match(/.{1,5}/g) ?? []).join('.'), byToken],
    [
      'its token, percent-encoded',
      [...Buffer.from(token)].map((byte) => `%${byte.toString(16)}`).join(''),
      byToken,
    ],
    ['its token in base64', base64(token), byToken],
    ['its token in base64, after something else', base64(`x:${token}`), byToken],
    ['a piece of its token in base64', base64(token).slice(5, 25), byToken],
    ['its token in hex', hex(token), byToken],
    ['a piece of its token in hex', hex(token).slice(10, 30), byToken],
    ['a token in a header that is not believed', key, { authorization: `Basic ${key}` }],
    ['its key', key, byKey],
    ['its key in capitals', key.toUpperCase(), byKey],
    ['a piece of its key', key.slice(8, 24), byKey],
    ['its address', `tool of ${email.toUpperCase()}`, byKey],
    ['its address, percent-encoded', 'somebody%40example.com', byKey],
    ['its address in base64', base64(email), byKey],
    ['a PEM text', '-----BEGIN PRIVATE KEY----- MIGHAgEAMBMGByqGSM49', {}],
    ['a PEM text, percent-encoded', '%2D%2D%2D%2D%2DBEGIN%20X', {}],
    ['the head of a key without its dashes', 'BEGIN_EC_PRIVATE_KEY', {}],
    ['a line of a key', 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4Fz1cYpQn7Xk', {}],
    ['the token of another request', `tool ${token}`, byKey],
  ])('is not written down where it is %s', (_, text, headers) => {
    expect(mayBeWritten(text, headers)).toBe(false);
  });

  it.each<[string, string, Record<string, string>]>([
    [
      'a browser',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0',
      byToken,
    ],
    ['an SDK', 'Cloudflare/TypeScript 7.3.0 (MacIntel; node/24)', byKey],
    ['a UUID', '01a21841-8b63-7095-898a-663c8c8adea0', byToken],
    ['a UUID with a word', 'Req-01a21841-8b63-7095-898a-663c8c8adea0-retry', byToken],
    ['a trace id', '4bf92f3577b34da6a3ce929d0e0e4736', byKey],
    ['a hash', 'a'.repeat(64), byKey],
    ['a hostname in the domain of its address', 'app.example.com', byKey],
    ['a hostname like its address', 'somebody.example.com', byKey],
    ['the name of the scheme', 'Bearer', byToken],
    ['a short word of a credential', 'abc', { 'x-auth-email': email, 'x-auth-key': 'abc' }],
  ])('is written down where it is %s', (_, text, headers) => {
    expect(mayBeWritten(text, headers)).toBe(true);
  });

  it('is judged at once, however long it is', () => {
    const headers = { authorization: `Bearer ${'aB1'.repeat(340)}`, cookie: 'aB1'.repeat(4000) };
    const begun = performance.now();
    mayBeWritten('bA1'.repeat(5000), headers);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});
