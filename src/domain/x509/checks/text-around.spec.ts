import { createPrivateKey, createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  aCertificate,
  der,
  derOf,
  encrypt,
  pem,
  type TestCertificate,
} from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

/** As `openssl pkcs12 -in bundle.p12 -clcerts -nokeys` prints it. */
const bagAttributes = `Bag Attributes
    localKeyID: 6A 1C 0E 4B 1F 6E 1E 73 0E 2F 96 27 1C 5D 35 DB 0C 2C 0F 0B${' '}
    friendlyName: C:\\new\\client – the private key is C:\\new\\client.key
subject=CN = origin-pull.example.com
issuer=CN = origin-pull.example.com
`;

/** As `openssl x509 -text` prints it, with the words of the extension that name a private key. */
const printed = `Certificate:
    Data:
        Version: 3 (0x2)
        Subject: O=Private Key & Sons, CN=origin-pull.example.com
        X509v3 extensions:
            X509v3 Private Key Usage Period:${' '}
                Not Before: Jan  1 00:00:00 2026 GMT
`;

const instructions = `Copy everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, dashes included.
-----------------------------------------------------------
----- Keep your private key to yourself - we have no copy of it. -----
`;

describe('Text around a certificate', () => {
  let pair: TestCertificate;
  let other: TestCertificate;
  beforeAll(async () => {
    pair = await aCertificate({ keyType: 'rsa' });
    other = await aCertificate();
  });

  const check = (certificate: string, privateKey = pair.privateKey) =>
    checkUpload({ certificate, privateKey, now: new Date() });
  const problemsOf = (certificate: string) =>
    check(certificate)
      .problems.map(({ field, message }) => `${field}: ${message}`)
      .join('\n');

  it.each<[string, (block: string) => string]>([
    ['the attributes of openssl pkcs12 above it', (block) => bagAttributes + block],
    ['the output of openssl x509 -text above it', (block) => printed + block],
    ['the output of openssl x509 -text, with CR LF', (block) => (printed + block).replaceAll('\n', '\r\n')],
    ['the output of openssl x509 -text, with CR', (block) => (printed + block).replaceAll('\n', '\r')],
    ['the output of openssl x509 -text, indented', (block) => (printed + block).replaceAll(/^/gm, '\t  ')],
    ['text below it', (block) => `${block}# end\n`],
    ['text right behind its END line', (block) => `${block.trim()} # end`],
    ['text on both sides', (block) => bagAttributes + block + printed],
    ['lines that speak of its BEGIN and END lines above it', (block) => instructions + block],
    ['lines that speak of its BEGIN and END lines below it', (block) => block + instructions],
    ['a byte order mark', (block) => `\uFEFF${block}`],
    ['a space that does not break', (block) => `\u00a0${block}\u00a0`],
    ['a NUL below it', (block) => `${block}\0`],
    ['an END line of its own above it', (block) => `-----END CERTIFICATE-----\n${block}`],
    ['an END line of its own below it', (block) => `${block}\n-----END CERTIFICATE-----\n`],
    ['text above it and line ends lost', (block) => (bagAttributes + block).replaceAll('\n', ' ')],
    ['60 KiB of text', (block) => 'no meaning\n'.repeat(5500) + block],
  ])('A certificate with %s is accepted, and the block alone is sent', (_, around) => {
    const { problems, canonical } = check(around(pair.certificate));
    expect(problems).toEqual([]);
    expect(canonical).toEqual({ certificate: pair.certificate, privateKey: pair.privateKey });
  });

  it('A certificate with 100 KiB of text is refused as too long', () => {
    expect(problemsOf('no meaning\n'.repeat(9300) + pair.certificate)).toMatch(
      /^certificate: .*longer than 64 KiB. Send one PEM block alone/,
    );
  });

  it.each<[string, () => string]>([
    ['PKCS #8', () => pair.privateKey],
    ['PKCS #1', () => exported('pkcs1', pair.privateKey)],
    ['SEC 1', () => exported('sec1', other.privateKey)],
    ['PKCS #8, encrypted', () => encrypt(pair.privateKey).pkcs8],
    ['PKCS #1, encrypted', () => encrypt(pair.privateKey).legacy],
    ['OpenSSH', () => pem('OPENSSH PRIVATE KEY', der(0x30))],
    ['another kind', () => pem('ML-DSA-44 PRIVATE KEY', der(0x30))],
    ['PGP', () => pem('PGP PRIVATE KEY BLOCK', der(0x30))],
    ['PKCS #8, without its END line', () => pair.privateKey.slice(0, 200)],
    ['PKCS #8, without its BEGIN line', () => pair.privateKey.slice(30)],
    ['PKCS #8, with a BEGIN line that is cut off', () => pair.privateKey.slice(10)],
    ['PKCS #8, in small letters', () => pair.privateKey.replaceAll('PRIVATE KEY', 'private key')],
    ['PKCS #8, with other hyphens', () => pair.privateKey.replaceAll('-----', '\u2014')],
    ['PKCS #8, without hyphens', () => pair.privateKey.replaceAll('-----', '')],
    ['PKCS #8, without BEGIN and END', () => pair.privateKey.replaceAll(/-----(?:BEGIN |END )?/g, '')],
    ['PKCS #8, without line ends', () => pair.privateKey.replaceAll('\n', ' ')],
    ['PKCS #8, behind words', () => `the key is ${pair.privateKey}`],
  ])('A private key in the text of a certificate is refused: %s', (_, key) => {
    for (const text of [
      bagAttributes + pair.certificate + key(),
      `${key()}\n${bagAttributes}${pair.certificate}`,
    ]) {
      expect(problemsOf(text)).toMatch(
        /^certificate: The certificate field holds a private key. Send the certificate alone there.*replace it.$/,
      );
    }
  });

  it.each<[string, () => string]>([
    ['another certificate', () => other.certificate],
    ['the same certificate', () => pair.certificate],
    ['a certificate without line ends', () => other.certificate.replaceAll('\n', ' ')],
    ['a certificate behind words', () => `the issuer is ${other.certificate}`],
    ['a certificate that is cut off', () => other.certificate.slice(0, 120)],
    ['a certificate with header lines', () => other.certificate.replace('\n', '\nComment: none\n\n')],
    ['a certificate in a format of OpenSSL', () => pem('TRUSTED CERTIFICATE', derOf(other.certificate))],
    ['a signing request', () => pem('CERTIFICATE REQUEST', derOf(other.certificate))],
    ['a revocation list', () => pem('X509 CRL', derOf(other.certificate))],
    ['a public key', () => publicKeyOf(pair.privateKey)],
  ])('A second block in the text of a certificate is refused: %s', (_, block) => {
    for (const text of [
      bagAttributes + pair.certificate + printed + block(),
      `${printed}${block()}\n${bagAttributes}${pair.certificate}`,
    ]) {
      expect(problemsOf(text)).toMatch(
        /^certificate: .*second PEM block. Send one block: the leaf certificate.*without a chain/,
      );
    }
  });

  it('The refusal of a block that is no certificate is the same with text around it', () => {
    const parameters = pem('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex'));
    const blocks = [
      parameters,
      publicKeyOf(pair.privateKey),
      pem('TRUSTED CERTIFICATE', derOf(pair.certificate)),
      pem('CERTIFICATE REQUEST', derOf(pair.certificate)),
      pem('X509 CRL', derOf(pair.certificate)),
      pem('PKCS7', derOf(pair.certificate)),
      pem('CERTIFICATE', Buffer.concat([derOf(pair.certificate), Buffer.from([0])])),
      pair.certificate.slice(0, -40),
      pair.certificate.replace('END CERTIFICATE', 'END CERTIFICATES'),
      pair.certificate.replace('\n', '\nComment: none\n\n'),
      pair.certificate.replaceAll('\n', '\\n'),
      pair.certificate.replace('M', '*'),
    ];
    for (const block of blocks) {
      expect(problemsOf(block)).not.toBe('');
      expect(problemsOf(bagAttributes + block)).toBe(problemsOf(block));
    }
  });

  it('Text without a block is refused', () => {
    expect(problemsOf(bagAttributes)).toMatch(/^certificate: .*no BEGIN line/);
    expect(problemsOf(instructions)).toMatch(/^certificate: .*is damaged/);
  });

  it('Any text around a certificate is ignored or refused, and never sent', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        bagAttributes,
        printed,
        instructions,
        '-----',
        '-----BEGIN ',
        '-----END X-----\n',
        '\\n',
      ),
      fc.constantFrom(other.certificate, other.privateKey, pair.certificate, other.certificate.slice(0, 90)),
    );
    const texts = fc.array(text, { maxLength: 4 }).map((parts) => parts.join('\n'));
    let accepted = 0;
    fc.assert(
      fc.property(texts, texts, (above, below) => {
        const { canonical } = check(`${above}\n${pair.certificate}${below}`);
        if (canonical) accepted += 1;
        expect([undefined, pair.certificate]).toContain(canonical?.certificate);
        const hasKey = (above + below).includes(other.privateKey);
        const hasSecond = /-----BEGIN CERTIFICATE-----\nMII/.test(above + below);
        if (hasKey || hasSecond) expect(canonical).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

function exported(type: 'pkcs1' | 'sec1', privateKey: string): string {
  return createPrivateKey(privateKey).export({ type, format: 'pem' }).toString();
}

function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}
