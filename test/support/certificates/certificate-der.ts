import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { der, pem } from './certificates.js';

type MlDsa = 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87';

const hex = (text: string) => Buffer.from(text, 'hex');
const algorithms = {
  'ecdsa-with-SHA256': hex('300a06082a8648ce3d040302'),
  'ml-dsa-44': hex('300b0609608648016503040311'),
  'ml-dsa-65': hex('300b0609608648016503040312'),
  'ml-dsa-87': hex('300b0609608648016503040313'),
};

export const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
export const pkcs8Of = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'der' });

/**
 * A client certificate, byte by byte, for keys that libraries do not know: PEM, valid for 90 days, signed by a key that is
 * made for it.
 *
 * @param publicKey DER of a SubjectPublicKeyInfo
 */
export function aCertificateFor(publicKey: Buffer, signature: keyof typeof algorithms = 'ecdsa-with-SHA256') {
  const issuer =
    signature === 'ecdsa-with-SHA256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync(signature as 'ml-dsa-44');
  const extension = (oid: string, value: Buffer) => der(0x30, hex(oid), der(0x04, value));
  const extensions = [
    extension('0603551d13', der(0x30)), // CA:FALSE
    extension('0603551d0f', hex('03020780')), // digitalSignature
    extension('0603551d25', der(0x30, hex('06082b06010505070302'))), // clientAuth
  ];
  const now = Date.now();
  const toBeSigned = der(
    0x30,
    hex('a003020102'),
    der(0x02, Buffer.from([0x21]), randomBytes(12)),
    algorithms[signature],
    named('Test CA'),
    der(0x30, time(now - 60 * 60 * 1000), time(now + 90 * 24 * 60 * 60 * 1000)),
    named('origin-pull.example.com'),
    publicKey,
    der(0xa3, der(0x30, ...extensions)),
  );
  const hash = signature === 'ecdsa-with-SHA256' ? 'sha256' : null;
  const signed = sign(hash, toBeSigned, issuer.privateKey);
  return pem(
    'CERTIFICATE',
    der(0x30, toBeSigned, algorithms[signature], der(0x03, Buffer.from([0]), signed)),
  );
}

/** A certificate with an ML-DSA key, signed with ML-DSA, and the key in each of the forms that there are. */
export function anMlDsaCertificate(parameterSet: MlDsa = 'ml-dsa-65') {
  const { publicKey, privateKey } = generateKeyPairSync(parameterSet as 'ml-dsa-44');
  const withSeed = pkcs8Of(privateKey);
  // SEQUENCE { seed OCTET STRING, expandedKey OCTET STRING }
  const seedAt = withSeed.indexOf(hex('0420')) + 2;
  const seed = withSeed.subarray(seedAt, seedAt + 32);
  const expanded = withSeed.subarray(seedAt + 32);
  const key = (content: Buffer) =>
    pem('PRIVATE KEY', der(0x30, hex('020100'), algorithms[parameterSet], der(0x04, content)));
  return {
    certificate: aCertificateFor(spkiOf(publicKey), parameterSet),
    privateKey: key(der(0x80, seed)),
    withSeed: pem('PRIVATE KEY', withSeed),
    bareSeed: key(seed),
    expanded: key(expanded),
    bareExpanded: key(expanded.subarray(4)),
  };
}

function named(commonName: string): Buffer {
  const name = der(0x30, hex('0603550403'), der(0x0c, Buffer.from(commonName)));
  return der(0x30, der(0x31, name));
}

/** UTCTime. */
function time(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
