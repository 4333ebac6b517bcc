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

describe('a fingerprint', () => {
  let first: TestCertificate;
  let second: TestCertificate;
  beforeAll(async () => {
    first = await aCertificate();
    second = await aCertificate({ keyType: 'rsa' });
  });

  it('is the one that OpenSSL computes, in lower case without colons', () => {
    const { fingerprint256 } = new X509Certificate(second.certificate);
    expect(fingerprintOf(second.certificate)).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
  });

  it('is of the first certificate of a chain, whatever is around it', () => {
    const text = `a comment\n${first.certificate}${second.certificate}`;
    expect(fingerprintOf(text)).toBe(first.fingerprintSha256);
  });

  it('does not depend on how the lines are broken', () => {
    expect(fingerprintOf(first.certificate.replaceAll('\n', '\r\n'))).toBe(first.fingerprintSha256);
    expect(fingerprintOf(first.certificate.trim())).toBe(first.fingerprintSha256);
  });

  it('is null where there is no certificate', () => {
    for (const text of [null, '', 'MIIB', first.privateKey, '-----BEGIN CERTIFICATE-----\nMIIB']) {
      expect(fingerprintOf(text)).toBeNull();
    }
  });

  it('is null where the certificate is damaged', () => {
    const der = derOf(first.certificate);
    expect(fingerprintOf('-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n')).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', der.subarray(0, -1)))).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', Buffer.concat([der, der])))).toBeNull();
    expect(fingerprintOf(pem('CERTIFICATE', Buffer.alloc(0)))).toBeNull();
    expect(fingerprintOf(first.certificate.replace('M', '*'))).toBeNull();
  });

  it('is null where Cloudflare sends something else than text', () => {
    for (const value of [undefined, 1, {}, [first.certificate]]) {
      expect(fingerprintOf(value as unknown as string)).toBeNull();
    }
  });

  it('never throws', () => {
    const around = (body: string) => `-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----`;
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map(around),
      fc.uint8Array().map((bytes) => around(Buffer.from(bytes).toString('base64'))),
    );
    fc.assert(fc.property(text, (value) => /^[0-9a-f]{64}$|^null$/.test(String(fingerprintOf(value)))));
  });
});
