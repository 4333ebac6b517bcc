import { beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import {
  aCertificate,
  derOf,
  pem,
  type TestCertificate,
} from '../../../test/support/certificates/certificates.js';
import { readPem, toPem } from './pem.js';

const read = (text: string) =>
  readPem(text, { name: 'certificate', labels: ['CERTIFICATE'], maxKibibytes: 64, textAround: 'refused' });
const messageOf = (text: string) => {
  const reading = read(text);
  return 'message' in reading ? reading.message : 'read';
};

describe('PEM texts', () => {
  let pair: TestCertificate;
  let certificate: string;
  beforeAll(async () => {
    pair = await aCertificate();
    ({ certificate } = pair);
  });

  it('A PEM text is read into its label and its bytes', () => {
    expect(read(certificate)).toEqual({ label: 'CERTIFICATE', der: derOf(certificate) });
  });

  it('A PEM text may have any white space around it and in it', () => {
    const spaced = [
      certificate.trim(),
      `\r\n\t ${certificate}\n\n`,
      certificate.replaceAll('\n', '\r\n'),
      certificate.replaceAll('\n', ' '),
      certificate.replaceAll(/^/gm, '    '),
    ];
    for (const text of spaced) expect(messageOf(text)).toBe('read');
  });

  it('toPem() writes lines of 64 characters and a newline at the end', () => {
    expect(toPem('CERTIFICATE', derOf(certificate))).toBe(certificate);
    expect(certificate).toMatch(/^-+BEGIN CERTIFICATE-+\n(.{64}\n)+.{1,64}\n-+END CERTIFICATE-+\n$/);
  });

  it('Text around a PEM block is refused where it has to be alone, although node:crypto accepts it', () => {
    const lenient = [
      ['\uFEFF', '', 'byte order mark'],
      ['Bag Attributes\n', '', 'text before its BEGIN line'],
      ['', 'trailing garbage', 'text after its END line'],
      ['', '\0', 'text after its END line'],
      ['', certificate, 'second PEM block'],
      ['', pair.privateKey, 'second PEM block'],
    ] as const;
    for (const [before, after, why] of lenient) {
      const text = before + certificate + after;
      expect(() => new X509Certificate(text)).not.toThrow();
      expect(messageOf(text)).toContain(why);
    }
  });

  it('The refusal of a malformed PEM text names the problem', () => {
    const body = certificate.split('\n').slice(1, -2).join('\n');
    const inBlock = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
    const cases: [string, string][] = [
      ['', 'is empty'],
      [' \r\n\t', 'is empty'],
      ['A'.repeat(64 * 1024 + 1), 'longer than 64 KiB'],
      [body, 'no BEGIN line'],
      ['-----BEGIN CERTIFICATE', 'damaged BEGIN line'],
      [certificate.replaceAll('\n', '\\n'), 'backslash'],
      [`\u00a0${certificate}`, 'text before'],
      [certificate.slice(0, -40), 'no matching END line'],
      [certificate.replace('END CERTIFICATE', 'END CERTIFICATES'), 'no matching END line'],
      [inBlock(`Comment: none\n\n${body}`), 'header lines'],
      [inBlock('MIIB…'), 'not whole base64'],
      [inBlock(body.slice(0, -1)), 'not whole base64'],
      [inBlock('MIIBAA=='), 'bytes are missing'],
      [inBlock('MIIBAB=='), 'not whole base64'],
      [inBlock(''), 'bytes are missing'],
      [pem('CERTIFICATE', Buffer.concat([derOf(certificate), Buffer.from([0])])), 'bytes are missing'],
      [pem('CERTIFICATE REQUEST', derOf(certificate)), 'signing request'],
      [pem('NEW CERTIFICATE REQUEST', derOf(certificate)), 'signing request'],
      [pem('PKCS7', derOf(certificate)), 'PKCS #7'],
      [pem('TRUSTED CERTIFICATE', derOf(certificate)), 'openssl x509'],
      [pem('PUBLIC KEY', derOf(certificate)), 'public key'],
      [pem('SOMETHING ELSE', derOf(certificate)), 'another kind'],
    ];
    for (const [text, why] of cases) expect(messageOf(text)).toContain(why);
  });

  it('The refusal of a PEM text does not repeat its label', () => {
    expect(messageOf(pem('correct horse battery staple', derOf(certificate)))).not.toContain('horse');
  });
});
