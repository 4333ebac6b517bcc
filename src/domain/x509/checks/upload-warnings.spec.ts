import { describe, expect, it } from '@jest/globals';
import { aCertificate, KeyUsageFlags } from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

const now = new Date('2026-06-15T12:00:00Z');
const valid = { notBefore: new Date('2026-06-01T00:00:00Z'), notAfter: new Date('2026-09-01T00:00:00Z') };

const check = ({ certificate, privateKey }: { certificate: string; privateKey: string }) =>
  checkUpload({ certificate, privateKey, now });

describe('The check of an upload warns', () => {
  const warningsOf = async (options: Parameters<typeof aCertificate>[0]) => {
    const upload = await aCertificate({ ...valid, ...options });
    expect(check(upload).problems).toEqual([]);
    expect(check(upload).canonical).not.toBeNull();
    return check(upload).warnings;
  };
  const days = (count: number, from = now) => new Date(from.getTime() + count * 24 * 60 * 60 * 1000);

  it('of a certificate that does not say it is for clients', async () => {
    expect(await warningsOf({ clientAuth: false })).toEqual([
      {
        code: 'NO_CLIENT_AUTH_USAGE',
        message: expect.stringMatching(/does not say.*clientAuth/),
      },
    ]);
  });

  it('of a certificate that is for servers alone', async () => {
    expect(await warningsOf({ clientAuth: false, serverAuth: true })).toEqual([
      { code: 'NO_CLIENT_AUTH_USAGE', message: expect.stringMatching(/other uses.*clientAuth/) },
    ]);
    expect(await warningsOf({ clientAuth: true, serverAuth: true })).toEqual([]);
  });

  it.each([
    ['keyEncipherment', KeyUsageFlags.keyEncipherment],
    ['keyCertSign', KeyUsageFlags.keyCertSign],
    ['keyAgreement and nonRepudiation', KeyUsageFlags.keyAgreement | KeyUsageFlags.nonRepudiation],
    ['decipherOnly, in the ninth bit', KeyUsageFlags.decipherOnly],
    ['nothing', 0],
  ])('of a certificate whose key usage names no digitalSignature: %s', async (_, keyUsages) => {
    expect(await warningsOf({ keyUsages })).toEqual([
      { code: 'NO_SIGNING_USAGE', message: expect.stringMatching(/leaves out digitalSignature/) },
    ]);
  });

  it('of no key usage where there is none, or digitalSignature is among others', async () => {
    expect(await warningsOf({ keyUsages: null })).toEqual([]);
    const several = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
    expect(await warningsOf({ keyUsages: several })).toEqual([]);
    expect(await warningsOf({ keyUsages: several, keyType: 'rsa' })).toEqual([]);
  });

  it("of Netscape's type of a server, which OpenSSL goes by", async () => {
    const [client, server] = [0x80, 0x40];
    expect(await warningsOf({ netscapeType: server })).toEqual([
      { code: 'NO_CLIENT_AUTH_USAGE', message: expect.stringMatching(/Netscape certificate type/) },
    ]);
    expect(await warningsOf({ netscapeType: server, clientAuth: false })).toHaveLength(1);
    expect(await warningsOf({ netscapeType: client | server })).toEqual([]);
  });

  it('of everything that is odd, in one order', async () => {
    const keyUsages = KeyUsageFlags.keyEncipherment;
    const notAfter = days(2);
    const notBefore = days(-400);
    const warnings = await warningsOf({ clientAuth: false, keyUsages, notAfter, notBefore });
    expect(warnings.map(({ code }) => code)).toEqual([
      'NO_CLIENT_AUTH_USAGE',
      'NO_SIGNING_USAGE',
      'EXPIRES_SOON',
      'LONG_LIVED',
    ]);
  });

  it('of a certificate with fewer than 14 days left', async () => {
    expect(await warningsOf({ notAfter: days(14) })).toEqual([]);
    expect(await warningsOf({ notAfter: new Date(days(14).getTime() - 1000) })).toEqual([
      { code: 'EXPIRES_SOON', message: expect.stringContaining('2026-06-29 (UTC)') },
    ]);
    expect(await warningsOf({ notAfter: now })).toHaveLength(1);
  });

  it('of a certificate that is valid for more than 398 days', async () => {
    expect(await warningsOf({ notAfter: days(398, valid.notBefore) })).toEqual([]);
    expect(await warningsOf({ notAfter: days(399, valid.notBefore) })).toEqual([
      { code: 'LONG_LIVED', message: expect.stringContaining('398 days') },
    ]);
  });

  it('of a certificate that never expires', async () => {
    const [warning] = await warningsOf({ notAfter: new Date('9999-12-31T23:59:59Z') });
    expect(warning?.message).toContain('9999-12-31');
  });
});
