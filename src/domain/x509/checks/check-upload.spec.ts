import { beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  aCertificate,
  aHugeDsaKey,
  aPairWithModulus,
  claimMd5,
  der,
  derOf,
  encrypt,
  pem,
  type TestCertificate,
} from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

const now = new Date('2026-06-15T12:00:00Z');
const valid = { notBefore: new Date('2026-06-01T00:00:00Z'), notAfter: new Date('2026-09-01T00:00:00Z') };

type Upload = { certificate: string; privateKey: string };
const check = ({ certificate, privateKey }: Upload) => checkUpload({ certificate, privateKey, now });
/** One line `field: message` for each problem. */
const problemsOf = (upload: Upload) =>
  check(upload)
    .problems.map(({ field, message }) => `${field}: ${message}`)
    .join('\n');

describe('checkUpload', () => {
  let ec: TestCertificate;
  let rsa: TestCertificate;
  beforeAll(async () => {
    ec = await aCertificate(valid);
    rsa = await aCertificate({ ...valid, keyType: 'rsa' });
  });

  it('A client certificate and its key have no problems and no warnings', () => {
    expect(check(ec)).toEqual({
      problems: [],
      warnings: [],
      canonical: { certificate: ec.certificate, privateKey: ec.privateKey },
    });
  });

  it.each(['ec', 'p384', 'p521', 'ed25519', 'rsa', 'rsa3072', 'rsa-pss'] as const)(
    'A key of kind %s is accepted',
    async (keyType) => {
      expect(check(await aCertificate({ ...valid, keyType })).problems).toEqual([]);
    },
  );

  it('A key in SEC1 or PKCS #1 is accepted and keeps its form', () => {
    const sec1 = createPrivateKey(ec.privateKey).export({ type: 'sec1', format: 'pem' }).toString();
    const pkcs1 = createPrivateKey(rsa.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(check({ ...ec, privateKey: sec1 }).canonical?.privateKey).toBe(sec1);
    expect(check({ ...rsa, privateKey: pkcs1 }).canonical?.privateKey).toBe(pkcs1);
  });

  it('A certificate and a key with odd white space are written in canonical PEM', () => {
    const mangled = {
      certificate: `\n${rsa.certificate.replaceAll('\n', '\r\n')}\r\n`,
      privateKey: rsa.privateKey.replaceAll('\n', ' \n').trim(),
    };
    expect(check(mangled).canonical).toEqual({ certificate: rsa.certificate, privateKey: rsa.privateKey });
  });

  describe('Refused certificates', () => {
    it('A certificate with a second PEM block is refused', () => {
      expect(problemsOf({ ...ec, certificate: ec.certificate + rsa.certificate })).toMatch(
        /second PEM block/,
      );
    });

    it('A certificate of more than 64 KiB is refused', () => {
      expect(problemsOf({ ...ec, certificate: 'A'.repeat(64 * 1024 + 1) })).toContain('longer than 64 KiB');
    });

    it('A private key in any form is refused in the certificate field', () => {
      const encrypted = encrypt(rsa.privateKey);
      const certificates = [
        ec.privateKey,
        ec.certificate + ec.privateKey,
        ec.privateKey + ec.certificate,
        encrypted.pkcs8,
        encrypted.legacy,
        pem('CERTIFICATE', derOf(ec.privateKey)),
      ];
      for (const certificate of certificates) {
        expect(problemsOf({ ...ec, certificate })).toMatch(/^certificate: .*holds a private key/);
      }
    });

    it('A certificate whose DER cannot be read is refused', () => {
      expect(problemsOf({ ...ec, certificate: pem('CERTIFICATE', der(0x30)) })).toContain('cannot be read');
      const damaged = derOf(ec.certificate);
      damaged.fill(0xff, 20, 60);
      expect(problemsOf({ ...ec, certificate: pem('CERTIFICATE', damaged) })).toContain('cannot be read');
    });

    it('A certificate that contains the PEM of another certificate is refused', async () => {
      const outer = await aCertificate({ ...valid, ca: true, comment: `\n${ec.certificate}\n` });
      expect(new X509Certificate(derOf(outer.certificate)).ca).toBe(false);
      expect(problemsOf({ ...outer, privateKey: ec.privateKey })).toMatch(/^certificate: .*cannot be read/);
    });

    it('A certificate of a certificate authority is refused', async () => {
      const { certificate, privateKey } = await aCertificate({
        ...valid,
        ca: true,
        issuer: 'CN=An authority of its own',
      });
      expect(problemsOf({ certificate, privateKey })).toBe(
        "certificate: The certificate is a certificate authority's. Send a leaf certificate, one that the authority issued for a client.",
      );
    });

    it.each(['CN=self', 'O=Origin Pull, CN=self', 'CN=self+OU=two in one'])(
      'A self-signed certificate with CA:TRUE is refused, with the options to make it again: %s',
      async (subject) => {
        expect(problemsOf(await aCertificate({ ...valid, ca: true, subject }))).toBe(
          'certificate: The certificate is self-signed, with CA:TRUE, which OpenSSL writes by itself. Make it again with -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=clientAuth',
        );
        expect(check(await aCertificate({ ...valid, subject })).problems).toEqual([]);
      },
    );

    it('An expired certificate is refused with the date when it expired', async () => {
      const expired = await aCertificate({ ...valid, notAfter: new Date('2026-06-15T11:59:59Z') });
      expect(problemsOf(expired)).toMatch(/^certificate: .*expired on 2026-06-15 \(UTC\)/);
      expect(check(expired).warnings).toEqual([]);
    });

    it('A certificate that is not valid yet is refused with the date when its validity begins', async () => {
      const early = await aCertificate({ ...valid, notBefore: new Date('2026-06-15T12:00:01Z') });
      expect(problemsOf(early)).toMatch(/^certificate: .*not valid before 2026-06-15 \(UTC\)/);
    });

    it('A certificate that is signed with SHA-1 or MD5 is refused', async () => {
      const weak = [
        await aCertificate({ ...valid, keyType: 'rsa', hash: 'SHA-1' }),
        await aCertificate({ ...valid, keyType: 'rsa-pss', hash: 'SHA-1' }),
        await aCertificate({ ...valid, keyType: 'ec', hash: 'SHA-1' }),
        { ...rsa, certificate: claimMd5(rsa.certificate) },
      ];
      for (const upload of weak)
        expect(problemsOf(upload)).toMatch(/^certificate: .*SHA-1 or MD5.*SHA-256.$/);
    });
  });

  describe('Refused private keys', () => {
    it('A private key that is empty or has text around it is refused', () => {
      for (const [privateKey, why] of [
        [`${ec.privateKey}\n# end`, 'text after its END line'],
        [`Bag Attributes\n${ec.privateKey}`, 'text before its BEGIN line'],
        [`\uFEFF${ec.privateKey}`, 'byte order mark'],
      ] as const) {
        expect(problemsOf({ ...ec, privateKey })).toMatch(new RegExp(`^privateKey: .*${why}`));
      }
      expect(problemsOf({ ...ec, privateKey: '' })).toMatch(/^privateKey: .*empty/);
    });

    it('A private key of more than 16 KiB is refused', () => {
      expect(problemsOf({ ...ec, privateKey: 'A'.repeat(16 * 1024 + 1) })).toContain('longer than 16 KiB');
    });

    it('A certificate is refused in the private key field', () => {
      for (const privateKey of [
        ec.certificate,
        ec.privateKey + ec.certificate,
        pem('PRIVATE KEY', derOf(ec.certificate)),
      ]) {
        expect(problemsOf({ ...ec, privateKey })).toMatch(/^privateKey: .*holds a certificate/);
      }
    });

    it('An encrypted private key is refused', () => {
      const { pkcs8, legacy } = encrypt(rsa.privateKey);
      for (const privateKey of [
        pkcs8,
        legacy,
        encrypt(ec.privateKey).legacy,
        pem('PRIVATE KEY', derOf(pkcs8)),
      ]) {
        expect(problemsOf({ ...rsa, privateKey })).toMatch(/^privateKey: .*encrypted.*openssl pkey/);
      }
    });

    it('A private key below EC PARAMETERS is refused with the advice to strip them', () => {
      const parameters = pem('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex'));
      const sec1 = createPrivateKey(ec.privateKey).export({ type: 'sec1', format: 'pem' }).toString();
      expect(problemsOf({ ...ec, privateKey: parameters + sec1 })).toMatch(
        /^privateKey: .*EC PARAMETERS.*Strip/,
      );
    });

    it('A private key that does not match its label is refused', () => {
      const mislabelled = [
        pem('RSA PRIVATE KEY', derOf(ec.privateKey)),
        pem('EC PRIVATE KEY', derOf(ec.privateKey)),
        pem('PRIVATE KEY', der(0x30)),
      ];
      for (const privateKey of mislabelled) {
        expect(problemsOf({ ...ec, privateKey })).toMatch(/^privateKey: .*cannot be read/);
      }
    });

    it('A private key of another certificate is refused', () => {
      for (const privateKey of [rsa.privateKey, anEcKey('P-256'), anEcKey('P-384')]) {
        expect(problemsOf({ ...ec, privateKey })).toMatch(/^privateKey: .*does not belong/);
      }
    });

    it('A private key that TLS cannot use is refused', () => {
      const x25519 = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
      expect(problemsOf({ ...ec, privateKey: x25519.toString() })).toMatch(/^privateKey: .*of a kind/);
      expect(problemsOf({ ...ec, privateKey: anEcKey('secp256k1') })).toMatch(/^privateKey: .*EC on a curve/);
      expect(problemsOf({ ...ec, privateKey: pem('OPENSSH PRIVATE KEY', der(0x30)) })).toContain(
        'ssh-keygen',
      );
      expect(problemsOf({ ...ec, privateKey: pem('DSA PRIVATE KEY', der(0x30)) })).toContain('DSA');
    });

    it('A huge DSA key, which is slow in OpenSSL, is refused in less than 500 ms', () => {
      const started = performance.now();
      for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']) {
        const privateKey = pem(label, aHugeDsaKey());
        expect(problemsOf({ ...ec, privateKey })).toMatch(/^privateKey: .*(of a kind|cannot be read)/);
      }
      expect(performance.now() - started).toBeLessThan(500);
    });
  });

  describe('Refused RSA keys', () => {
    it('RSA of fewer than 2048 bits is refused in both fields, with the number of bits', async () => {
      expect(problemsOf(await aCertificate({ ...valid, keyType: 'rsa1024' }))).toMatch(
        /^certificate: .*RSA of 1024 bits.*\nprivateKey: .*RSA of 1024 bits.*$/,
      );
    });

    it('RSA of more than 4096 bits is refused in both fields, with the number of bits', async () => {
      const upload = await aPairWithModulus(8192, valid);
      for (const privateKey of [upload.privateKey, upload.pkcs1]) {
        expect(problemsOf({ ...upload, privateKey })).toMatch(
          /^certificate: .*RSA of 8192 bits.*\nprivateKey: .*RSA of 8192 bits.*$/,
        );
      }
    });

    it('The bounds of RSA are exact: 2048 and 4096 bits are within them, 2047 and 4097 are not', async () => {
      for (const bits of [2048, 4095, 4096]) {
        expect(problemsOf(await aPairWithModulus(bits, valid))).not.toContain('bits');
      }
      for (const bits of [2041, 2047, 4097]) {
        expect(problemsOf(await aPairWithModulus(bits, valid))).toContain(`RSA of ${bits} bits`);
      }
    });
  });

  it('All problems of an upload are reported, those of the certificate first', async () => {
    const { certificate } = await aCertificate({
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2021-01-01T00:00:00Z'),
      ca: true,
      keyType: 'rsa1024',
      hash: 'SHA-1',
    });
    expect(problemsOf({ certificate, privateKey: ec.privateKey })).toMatch(
      /^certificate: .*1024 bits.*\ncertificate: .*SHA-1.*\ncertificate: .*CA:TRUE.*\ncertificate: .*expired.*\nprivateKey: .*does not belong/,
    );
    expect(check({ certificate: '', privateKey: '' }).problems.map(({ field }) => field)).toEqual([
      'certificate',
      'privateKey',
    ]);
  });

  it('An upload with a problem has no canonical form', () => {
    expect(check({ ...ec, privateKey: rsa.privateKey }).canonical).toBeNull();
    expect(check({ ...ec, certificate: '' }).canonical).toBeNull();
  });
});

function anEcKey(namedCurve: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
