import { beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import {
  aCertificate,
  derOf,
  pem,
  type TestCertificate,
} from '../../../test/support/certificates/certificates.js';
import { fingerprintOf } from './fingerprint.js';

describe('fingerprintOf', () => {
  let first: TestCertificate;
  let second: TestCertificate;
  beforeAll(async () => {
    first = await aCertificate();
    second = await aCertificate({ keyType: 'rsa' });
  });

  it('A fingerprint is the one of OpenSSL in lower case without colons', () => {
    const { fingerprint256 } = new X509Certificate(second.certificate);
    expect(fingerprintOf(second.certificate)).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
  });

  it('The fingerprint of a chain is the one of its first certificate', () => {
    const text = `a comment\n${first.certificate}${second.certificate}`;
    expect(fingerprintOf(text)).toBe(first.fingerprintSha256);
  });

  it('A fingerprint does not depend on line ends', () => {
    expect(fingerprintOf(first.certificate.replaceAll('\n', '\r\n'))).toBe(first.fingerprintSha256);
    expect(fingerprintOf(first.certificate.trim())).toBe(first.fingerprintSha256);
  });

  it('The fingerprint of a text without a certificate is null', () => {
    for (const text of [null, '', 'MIIB', first.privateKey, '-----BEGIN CERTIFICATE-----\nMIIB']) {
      expect(fingerprintOf(text)).toBeNull();
    }
  });

  it('The fingerprint of a damaged certificate is null', () => {
    const der = derOf(first.certificate);
    expect(fingerprintOf('-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n')).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', der.subarray(0, -1)))).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', Buffer.concat([der, der])))).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', Buffer.alloc(0)))).toBeNull();
    expect(fingerprintOf(first.certificate.replace('M', '*'))).toBeNull();
  });

  it('The fingerprint of a value that is not a text is null', () => {
    for (const value of [undefined, 1, {}, [first.certificate]]) {
      expect(fingerprintOf(value as unknown as string)).toBeNull();
    }
  });

  it('fingerprintOf() returns a fingerprint or null for any text', () => {
    const around = (body: string) => `-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----`;
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map(around),
      fc.uint8Array().map((bytes) => around(Buffer.from(bytes).toString('base64'))),
    );
    fc.assert(fc.property(text, (value) => /^[0-9a-f]{64}$|^null$/.test(String(fingerprintOf(value)))));
  });
});
