import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  aCertificate,
  der,
  derOf,
  encrypt,
  pem,
  type TestCertificate,
} from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

type Upload = { certificate: string; privateKey: string };
/** One line `field: message` for each problem. */
const problemsOf = ({ certificate, privateKey }: Upload) =>
  checkUpload({ certificate, privateKey, now: new Date() })
    .problems.map(({ field, message }) => `${field}: ${message}`)
    .join('\n');

const hex = (text: string) => Buffer.from(text, 'hex');
const base64Of = (text: string) => derOf(text).toString('base64');
const shapes = {
  request: der(0x30, der(0x30, hex('020100'), der(0x30), der(0x30), der(0xa0)), der(0x30), hex('030100')),
  requestWithoutAttributes: der(
    0x30,
    der(0x30, hex('020100'), der(0x30), der(0x30)),
    der(0x30),
    hex('030100'),
  ),
  crl: der(
    0x30,
    der(0x30, hex('020101'), der(0x30), der(0x30), der(0x17, Buffer.from('260101000000Z'))),
    der(0x30),
    hex('030100'),
  ),
  pkcs7: der(0x30, hex('06092a864886f70d010702'), der(0xa0, der(0x30))),
  pkcs12: der(0x30, hex('020103'), der(0x30, hex('06092a864886f70d010701'), der(0xa0)), der(0x30)),
};

describe('Refusals of a wrong kind of text', () => {
  let pair: TestCertificate;
  let chain: string;
  let root: TestCertificate;
  let publicKey: string;
  beforeAll(async () => {
    pair = await aCertificate({ keyType: 'rsa' });
    root = await aCertificate({ ca: true, subject: 'CN=root' });
    chain = pair.certificate + root.certificate;
    const { publicKey: spki } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    publicKey = spki.export({ type: 'spki', format: 'pem' }).toString();
  });
  const inCertificate = (certificate: string) => problemsOf({ ...pair, certificate });
  const inPrivateKey = (privateKey: string) => problemsOf({ ...pair, privateKey });

  it('A refusal says that the certificate and the key are in the wrong fields', () => {
    const swapped = problemsOf({ certificate: pair.privateKey, privateKey: pair.certificate });
    expect(swapped).toMatch(/^certificate: .*holds a private key.*\nprivateKey: .*holds a certificate/);
    const bare = problemsOf({
      certificate: base64Of(pair.privateKey),
      privateKey: base64Of(pair.certificate),
    });
    expect(bare).toMatch(/^certificate: .*holds a private key.*\nprivateKey: .*holds a certificate/);
  });

  it('A refusal recognises a signing request and says what its field needs instead', () => {
    const texts = [
      pem('CERTIFICATE REQUEST', shapes.request),
      pem('NEW CERTIFICATE REQUEST', shapes.requestWithoutAttributes),
      shapes.request.toString('base64'),
    ];
    for (const text of texts) {
      expect(inCertificate(text)).toMatch(
        /^certificate: .*is a signing request. Have a certificate authority sign/,
      );
      expect(inPrivateKey(text)).toMatch(
        /^privateKey: .*is a signing request. Send the private key that was made/,
      );
    }
  });

  it.each([
    ['a signing request', shapes.request, 'is a signing request'],
    ['a signing request without attributes', shapes.requestWithoutAttributes, 'is a signing request'],
    ['a revocation list', shapes.crl, 'is a revocation list'],
    ['a PKCS #7 bundle', shapes.pkcs7, 'is a PKCS #7 bundle'],
    ['a PKCS #12 file', shapes.pkcs12, 'is a PKCS #12 file'],
  ])('A refusal recognises %s under another label, as certutil -encode writes it', (_, bytes, what) => {
    expect(inCertificate(pem('CERTIFICATE', bytes))).toContain(`certificate: The certificate ${what}`);
    expect(inPrivateKey(pem('PRIVATE KEY', bytes))).toContain(`privateKey: The private key ${what}`);
    expect(inPrivateKey(bytes.toString('base64'))).toContain(`privateKey: The private key ${what}`);
  });

  it('A refusal recognises a public key under any label', () => {
    const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
    const texts = [publicKey, pkcs1, pem('CERTIFICATE', derOf(publicKey)), base64Of(pkcs1)];
    for (const text of texts) expect(inCertificate(text)).toMatch(/^certificate: .*is a public key/);
    for (const text of [publicKey, pkcs1, pem('PRIVATE KEY', derOf(publicKey))]) {
      expect(inPrivateKey(text)).toMatch(/^privateKey: .*is a public key/);
    }
  });

  it('A refusal recognises a certificate in a format of OpenSSL', () => {
    for (const label of ['TRUSTED CERTIFICATE', 'X509 CERTIFICATE']) {
      const text = pem(label, derOf(pair.certificate));
      expect(inCertificate(text)).toMatch(/openssl x509 -in trusted.pem/);
      expect(inPrivateKey(text)).toMatch(/^privateKey: .*holds a certificate/);
    }
  });

  it('A refusal recognises EC PARAMETERS alone, above the key, and in the certificate field', () => {
    const parameters = pem('EC PARAMETERS', hex('06082a8648ce3d030107'));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    expect(inPrivateKey(parameters)).toMatch(/EC PARAMETERS alone, and no key/);
    expect(inPrivateKey(parameters + sec1)).toMatch(/EC PARAMETERS block above it. Strip/);
    expect(inCertificate(parameters)).toMatch(/^certificate: .*EC PARAMETERS, which belong to a private key/);
  });

  it('A refusal of more than one PEM block says which block to send', () => {
    for (const text of [
      chain,
      root.certificate + pair.certificate,
      pair.certificate.repeat(2),
      chain.repeat(5),
    ]) {
      expect(inCertificate(text)).toMatch(
        /second PEM block. Send one block: the leaf certificate.*without a chain/,
      );
    }
    expect(inPrivateKey(pair.privateKey.repeat(2))).toMatch(
      /second PEM block. Send one block: the private key alone/,
    );
    expect(inPrivateKey(pair.privateKey + publicKey)).toMatch(/second PEM block/);
    expect(inPrivateKey(chain)).toMatch(/holds a certificate/);
    expect(inPrivateKey(pair.privateKey + chain)).toMatch(/holds a certificate/);
  });

  it('A refusal of an encrypted key, in PEM or base64, names the openssl pkey command', () => {
    const { pkcs8, legacy } = encrypt(pair.privateKey);
    for (const text of [pkcs8, legacy, pem('PRIVATE KEY', derOf(pkcs8))]) {
      expect(inPrivateKey(text)).toMatch(/is encrypted, .*openssl pkey -in key.pem/);
      expect(inCertificate(text)).toMatch(/^certificate: .*holds a private key/);
    }
    expect(inPrivateKey(base64Of(pkcs8))).toMatch(/no BEGIN line.*openssl pkey -inform DER/);
  });

  it('A refusal of a key under the label of another form says which label to write', () => {
    const rsa = createPrivateKey(pair.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = key.export({ type: 'sec1', format: 'pem' }).toString();
    const labels = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
    for (const [right, text] of [
      ['PRIVATE KEY', pair.privateKey],
      ['RSA PRIVATE KEY', rsa],
      ['EC PRIVATE KEY', sec1],
    ] as const) {
      for (const label of labels.filter((other) => other !== right)) {
        const mislabelled = pem(label, derOf(text));
        expect(inPrivateKey(mislabelled)).toContain(`cannot be read: its BEGIN line promises another form`);
        expect(inPrivateKey(mislabelled)).toContain(`Write ${right} in its BEGIN and END lines.`);
        expect(inPrivateKey(pem(right, derOf(mislabelled)))).not.toContain('cannot be read');
      }
    }
  });
});

describe('Refusals of text that is not PEM', () => {
  let pair: TestCertificate;
  beforeAll(async () => {
    pair = await aCertificate();
  });
  const both = (mangle: (text: string) => string, why: RegExp) => {
    expect(problemsOf({ ...pair, certificate: mangle(pair.certificate) })).toMatch(why);
    expect(problemsOf({ ...pair, privateKey: mangle(pair.privateKey) })).toMatch(why);
  };

  it('A refusal recognises UTF-16, as PowerShell writes it', () => {
    for (const encoding of ['utf16le', 'utf16be'] as const) {
      const mangle = (text: string) => {
        const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
        return (encoding === 'utf16le' ? bytes : bytes.swap16()).toString('utf8');
      };
      expect(problemsOf({ ...pair, certificate: mangle(pair.certificate) })).toMatch(
        /^certificate: .*UTF-16/,
      );
      expect(problemsOf({ ...pair, privateKey: mangle(pair.privateKey) })).toMatch(/^privateKey: .*UTF-16/);
    }
  });

  it('A refusal recognises a BEGIN line with changed hyphens or letters', () => {
    const hyphens = /-{5}/g;
    for (const dashes of ['\u2013\u2013\u2013', '\u2014\u2014', '----', '---- ']) {
      expect(problemsOf({ ...pair, certificate: pair.certificate.replace(hyphens, dashes) })).toMatch(
        /damaged BEGIN line.*five hyphens/,
      );
      expect(problemsOf({ ...pair, privateKey: pair.privateKey.replace(hyphens, dashes) })).toMatch(
        /damaged BEGIN line.*five hyphens/,
      );
    }
    both((text) => text.replace('BEGIN', 'Begin'), /damaged BEGIN line|text before/);
  });

  it('A refusal recognises the name of a file', () => {
    for (const name of ['leaf.pem', '/etc/ssl/private/leaf.key', '@leaf.crt', 'C:\\certs\\leaf.PFX']) {
      both(() => name, /is the name of a file/);
    }
  });

  it('A refusal of base64, DER or other text says that there is no BEGIN line', () => {
    both(base64Of, /no BEGIN line.*not DER or base64 alone/);
    both((text) => base64Of(text).replace(/.{76}/g, '$&\r\n'), /no BEGIN line/);
    both(() => 'hello', /no BEGIN line/);
    both(() => '0\uFFFD\u0003\u0001', /no BEGIN line.*-inform DER/);
  });

  it('A PEM text with carriage returns, indents or blank lines is accepted', () => {
    for (const mangle of [
      (text: string) => text.replaceAll('\n', '\r\n'),
      (text: string) => text.replaceAll('\n', '\r'),
      (text: string) => text.replaceAll(/^/gm, '\t'),
      (text: string) => text.replaceAll('\n', '\n\n'),
    ]) {
      expect(problemsOf({ certificate: mangle(pair.certificate), privateKey: mangle(pair.privateKey) })).toBe(
        '',
      );
    }
  });
});
