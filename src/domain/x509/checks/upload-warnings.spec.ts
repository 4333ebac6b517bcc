import { describe, expect, it } from '@jest/globals';
import { aCertificate, KeyUsageFlags } from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

const now = new Date('2026-06-15T12:00:00Z');
const valid = { notBefore: new Date('2026-06-01T00:00:00Z'), notAfter: new Date('2026-09-01T00:00:00Z') };

const check = ({ certificate, privateKey }: { certificate: string; privateKey: string }) =>
  checkUpload({ certificate, privateKey, now });

describe('Warnings of an upload', () => {
  const warningsOf = async (options: Parameters<typeof aCertificate>[0]) => {
    const upload = await aCertificate({ ...valid, ...options });
    expect(check(upload).problems).toEqual([]);
    expect(check(upload).canonical).not.toBeNull();
    return check(upload).warnings;
  };
  const days = (count: number, from = now) => new Date(from.getTime() + count * 24 * 60 * 60 * 1000);

  it('A certificate without extended key usage has the warning NO_CLIENT_AUTH_USAGE', async () => {
    expect(await warningsOf({ clientAuth: false })).toEqual([
      {
        code: 'NO_CLIENT_AUTH_USAGE',
        message: expect.stringMatching(/does not say.*clientAuth/),
      },
    ]);
  });

  it('A certificate for servers alone has the warning NO_CLIENT_AUTH_USAGE', async () => {
    expect(await warningsOf({ clientAuth: false, serverAuth: true })).toEqual([
      { code: 'NO_CLIENT_AUTH_USAGE', message: expect.stringMatching(/other uses.*clientAuth/) },
    ]);
    expect(await warningsOf({ clientAuth: true, serverAuth: true })).toEqual([]);
  });

  it.each([
    ['keyEncipherment', KeyUsageFlags.keyEncipherment],
    ['keyCertSign', KeyUsageFlags.keyCertSign],
    ['keyAgreement and nonRepudiation', KeyUsageFlags.keyAgreement | KeyUsageFlags.nonRepudiation],
    ['decipherOnly (the ninth bit)', KeyUsageFlags.decipherOnly],
    ['0 (no bit)', 0],
  ])('A certificate with the key usage %s has the warning NO_SIGNING_USAGE', async (_, keyUsages) => {
    expect(await warningsOf({ keyUsages })).toEqual([
      { code: 'NO_SIGNING_USAGE', message: expect.stringMatching(/leaves out digitalSignature/) },
    ]);
  });

  it('A certificate without key usage, or with digitalSignature in it, has no warning', async () => {
    expect(await warningsOf({ keyUsages: null })).toEqual([]);
    const several = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
    expect(await warningsOf({ keyUsages: several })).toEqual([]);
    expect(await warningsOf({ keyUsages: several, keyType: 'rsa' })).toEqual([]);
  });

  it('A certificate with the Netscape type of a server has the warning NO_CLIENT_AUTH_USAGE', async () => {
    const [client, server] = [0x80, 0x40];
    expect(await warningsOf({ netscapeType: server })).toEqual([
      { code: 'NO_CLIENT_AUTH_USAGE', message: expect.stringMatching(/Netscape certificate type/) },
    ]);
    expect(await warningsOf({ netscapeType: server, clientAuth: false })).toHaveLength(1);
    expect(await warningsOf({ netscapeType: client | server })).toEqual([]);
  });

  it('A certificate with several warnings has them in a fixed order', async () => {
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

  it('A certificate with fewer than 14 days left has the warning EXPIRES_SOON', async () => {
    expect(await warningsOf({ notAfter: days(14) })).toEqual([]);
    expect(await warningsOf({ notAfter: new Date(days(14).getTime() - 1000) })).toEqual([
      { code: 'EXPIRES_SOON', message: expect.stringContaining('2026-06-29 (UTC)') },
    ]);
    expect(await warningsOf({ notAfter: now })).toHaveLength(1);
  });

  it('A certificate that is valid for more than 398 days has the warning LONG_LIVED', async () => {
    expect(await warningsOf({ notAfter: days(398, valid.notBefore) })).toEqual([]);
    expect(await warningsOf({ notAfter: days(399, valid.notBefore) })).toEqual([
      { code: 'LONG_LIVED', message: expect.stringContaining('398 days') },
    ]);
  });

  it('The warning of a certificate that never expires contains 9999-12-31', async () => {
    const [warning] = await warningsOf({ notAfter: new Date('9999-12-31T23:59:59Z') });
    expect(warning?.message).toContain('9999-12-31');
  });
});
