import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  aCertificateFor,
  anMlDsaCertificate,
  pkcs8Of,
  spkiOf,
} from '../../../../test/support/certificates/certificate-der.js';
import { aCertificate, der, derOf, pem } from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

type Upload = { certificate: string; privateKey: string };
const check = ({ certificate, privateKey }: Upload) =>
  checkUpload({ certificate, privateKey, now: new Date() });
/** One line `field: message` for each problem. */
const problemsOf = (upload: Upload) =>
  check(upload)
    .problems.map(({ field, message }) => `${field}: ${message}`)
    .join('\n');

const parameterSets = ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const;

describe('ML-DSA certificates', () => {
  it.each(parameterSets)(
    'A certificate of %s is accepted with a key that is its seed alone',
    (parameterSet) => {
      const { certificate, privateKey } = anMlDsaCertificate(parameterSet);
      expect(check({ certificate, privateKey })).toEqual({
        problems: [],
        warnings: [],
        canonical: { certificate, privateKey },
      });
    },
  );

  it('An ML-DSA certificate with an ECDSA signature is accepted', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ml-dsa-44');
    const both = derOf(pem('PRIVATE KEY', pkcs8Of(privateKey)));
    const seed = both.subarray(both.indexOf(Buffer.from('0420', 'hex')) + 2).subarray(0, 32);
    const algorithm = Buffer.from('300b0609608648016503040311', 'hex');
    const seedOnly = der(0x30, Buffer.from('020100', 'hex'), algorithm, der(0x04, der(0x80, seed)));
    const upload = {
      certificate: aCertificateFor(spkiOf(publicKey)),
      privateKey: pem('PRIVATE KEY', seedOnly),
    };
    expect(problemsOf(upload)).toBe('');
  });

  it.each(parameterSets)(
    'A key of %s that is not its seed alone is refused with the command to convert it',
    (set) => {
      const { certificate, withSeed, bareSeed } = anMlDsaCertificate(set);
      for (const privateKey of [withSeed, bareSeed]) {
        expect(problemsOf({ certificate, privateKey })).toBe(
          `privateKey: The private key is ${set.toUpperCase()}, and not in the form of its seed alone, which Cloudflare asks for. Convert it with OpenSSL 3.5 or later: openssl pkey -in key.pem -provparam ml-dsa.output_formats=seed-only -out seed.pem`,
        );
      }
    },
  );

  it.each(parameterSets)(
    'A key of %s without its seed is refused with the command to make a new key',
    (set) => {
      const { certificate, expanded, bareExpanded } = anMlDsaCertificate(set);
      for (const privateKey of [expanded, bareExpanded]) {
        expect(problemsOf({ certificate, privateKey })).toBe(
          `privateKey: The private key is ${set.toUpperCase()} in its expanded form without the seed, and Cloudflare asks for the seed alone. Make a new key with OpenSSL 3.5 or later, and have a certificate issued for it: openssl genpkey -algorithm ${set.toUpperCase()} -provparam ml-dsa.output_formats=seed-only -out key.pem`,
        );
      }
    },
  );

  it('An ML-DSA certificate or key is refused with the key or certificate of another', async () => {
    const one = anMlDsaCertificate('ml-dsa-44');
    const other = anMlDsaCertificate('ml-dsa-44');
    const larger = anMlDsaCertificate('ml-dsa-87');
    const ec = await aCertificate();
    for (const { privateKey } of [other, larger, ec]) {
      expect(problemsOf({ ...one, privateKey })).toMatch(/^privateKey: .*does not belong/);
    }
    expect(problemsOf({ ...ec, privateKey: one.privateKey })).toMatch(/^privateKey: .*does not belong/);
  });

  it('A truncated ML-DSA key is refused as damaged', () => {
    const { certificate, privateKey } = anMlDsaCertificate();
    const algorithm = derOf(privateKey).subarray(5, 18);
    const cut = der(
      0x30,
      Buffer.from('020100', 'hex'),
      algorithm,
      der(0x04, der(0x80, Buffer.alloc(31, 0x41))),
    );
    expect(problemsOf({ certificate, privateKey: pem('PRIVATE KEY', cut) })).toMatch(
      /^privateKey: .*damaged/,
    );
  });
});

describe('Keys of a kind that the gateway does not know', () => {
  /** An identifier of the arc for documentation (RFC 5612), and one of an enterprise. */
  const unknownOids = ['06092b0601040181ff7f01', '06082b06010401825d01'];
  const pairOf = (oid: string): Upload => {
    const algorithm = der(0x30, Buffer.from(oid, 'hex'));
    const key = der(0x30, Buffer.from('020100', 'hex'), algorithm, der(0x04, Buffer.alloc(64, 7)));
    return {
      certificate: aCertificateFor(der(0x30, algorithm, der(0x03, Buffer.alloc(65)))),
      privateKey: pem('PRIVATE KEY', key),
    };
  };

  it.each(unknownOids)('A key with the unknown algorithm %s is accepted', (oid) => {
    const upload = pairOf(oid);
    expect(check(upload)).toEqual({ problems: [], warnings: [], canonical: upload });
  });

  it('A key with an unknown algorithm is refused if its certificate has another algorithm', async () => {
    const [one, other] = unknownOids.map(pairOf) as [Upload, Upload];
    const ec = await aCertificate();
    for (const upload of [
      { ...one, privateKey: other.privateKey },
      { ...one, privateKey: ec.privateKey },
      { ...ec, privateKey: one.privateKey },
    ]) {
      expect(problemsOf(upload)).toMatch(/^privateKey: .*does not belong/);
    }
  });

  it('Ed448, SLH-DSA and EC keys on curves of Brainpool and SM2 are accepted', () => {
    const pairs = [
      generateKeyPairSync('ed448'),
      generateKeyPairSync('slh-dsa-sha2-128s'),
      ...['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1', 'SM2'].map((namedCurve) =>
        generateKeyPairSync('ec', { namedCurve }),
      ),
    ];
    for (const { publicKey, privateKey } of pairs) {
      const upload = {
        certificate: aCertificateFor(spkiOf(publicKey)),
        privateKey: pem('PRIVATE KEY', pkcs8Of(privateKey)),
      };
      expect(problemsOf(upload)).toBe('');
    }
  });
});

describe('Keys that TLS 1.3 cannot use', () => {
  const pairs = [
    ['X25519', generateKeyPairSync('x25519'), 'of a kind that TLS 1.3 has no signature for'],
    ['X448', generateKeyPairSync('x448'), 'of a kind that TLS 1.3 has no signature for'],
    ['ML-KEM', generateKeyPairSync('ml-kem-768'), 'of a kind that TLS 1.3 has no signature for'],
    ['P-224', generateKeyPairSync('ec', { namedCurve: 'P-224' }), 'EC on a curve that TLS 1.3 does not use'],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'EC on a curve that TLS 1.3'],
    ['P-192', generateKeyPairSync('ec', { namedCurve: 'prime192v1' }), 'EC on a curve that TLS 1.3'],
  ] as const;

  it.each(pairs)('A key of kind %s is refused in both fields', (_, { publicKey, privateKey }, why) => {
    const upload = {
      certificate: aCertificateFor(spkiOf(publicKey)),
      privateKey: pem('PRIVATE KEY', pkcs8Of(privateKey)),
    };
    expect(problemsOf(upload).split('\n')).toEqual([
      expect.stringMatching(`^certificate: The certificate's key is ${why}.* Make a new key, RSA of`),
      expect.stringMatching(`^privateKey: The private key is ${why}.* Make a new key, RSA of`),
    ]);
  });
});

describe('EC keys with explicit parameters', () => {
  const named = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
  const certificateOf = ({ publicKey }: typeof named) => aCertificateFor(spkiOf(publicKey));
  const keyOf = ({ privateKey }: typeof named) => pem('PRIVATE KEY', pkcs8Of(privateKey));

  it('An EC key with explicit parameters is refused in its field with the command to mend it', () => {
    const certificate = `certificate: The certificate's key is EC, and its curve is spelt out in parameters instead of named. Name the curve in the key, and have the certificate issued again for it: openssl ec -in key.pem -param_enc named_curve -out named.pem`;
    const key =
      'privateKey: The private key is EC, and its curve is spelt out in parameters instead of named. Name the curve: openssl ec -in key.pem -param_enc named_curve -out named.pem';
    expect(problemsOf({ certificate: certificateOf(explicit), privateKey: keyOf(explicit) })).toBe(
      `${certificate}\n${key}`,
    );
    expect(problemsOf({ certificate: certificateOf(explicit), privateKey: keyOf(named) })).toBe(certificate);
    expect(problemsOf({ certificate: certificateOf(named), privateKey: keyOf(explicit) })).toBe(key);
  });

  it('An EC key with explicit parameters in SEC1 is refused', () => {
    const sec1 = explicit.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    expect(problemsOf({ certificate: certificateOf(named), privateKey: sec1 })).toContain('named_curve');
  });

  it('A SEC1 key that does not name its curve is refused for that reason', () => {
    const sec1 = derOf(named.privateKey.export({ type: 'sec1', format: 'pem' }).toString());
    const bare = der(0x30, sec1.subarray(2, 2 + 3 + 34));
    expect(
      problemsOf({ certificate: certificateOf(named), privateKey: pem('EC PRIVATE KEY', bare) }),
    ).toMatch(/^privateKey: .*EC, and does not name its curve/);
  });
});
