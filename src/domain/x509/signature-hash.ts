import { readDer, readSequence, tags } from './der.js';
import { rsaPss } from './public-key.js';

/** The bytes of object identifiers, in hexadecimal. */
const brokenSignatures: ReadonlySet<string> = new Set([
  '2a864886f70d010102', // md2WithRSAEncryption
  '2a864886f70d010103', // md4WithRSAEncryption
  '2a864886f70d010104', // md5WithRSAEncryption
  '2a864886f70d010105', // sha1WithRSAEncryption
  '2b0e030203', // md5WithRSA, of OIW
  '2b0e03020f', // shaWithRSASignature, of OIW
  '2b0e03021d', // sha1WithRSASignature, of OIW
  '2a864886f70d010205', // md5, the hash of an RSA-PSS signature
  '2b0e03021a', // sha1, the hash of an RSA-PSS signature
  '2a8648ce3d0401', // ecdsa-with-SHA1
  '2a8648ce380403', // dsa-with-sha1
  '2b0e03021b', // dsaWithSHA1, of OIW
]);

/** @param algorithm the content of an AlgorithmIdentifier */
export function isSignedWithBrokenHash(algorithm: Buffer): boolean {
  const [oid, parameters] = readDer(algorithm) ?? [];
  const signature = oid?.content.toString('hex') ?? '';
  if (signature !== rsaPss) return brokenSignatures.has(signature);

  // RSA-PSS names its hash in its parameters. The default is SHA-1 (RFC 4055, 3.1).
  const hash = readDer(parameters?.content ?? Buffer.alloc(0))?.find(({ tag }) => tag === tags.context0);
  const hashOid = hash && readSequence(hash.content)?.[0];
  return hashOid === undefined || brokenSignatures.has(hashOid.content.toString('hex'));
}
