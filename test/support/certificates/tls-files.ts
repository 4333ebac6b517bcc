import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { pem } from './certificates.js';

/** Of a server at 127.0.0.1, or of those names, whose certificate is signed by an authority that nobody else knows. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  remove(): void;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const issuer = 'CN=Test authority';

export async function makeTlsFiles(names: readonly string[] = []): Promise<TlsFiles> {
  const [authority, server] = await Promise.all([newKeys(), newKeys()]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys: authority,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=Test server',
    issuer,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.length === 0
          ? [{ type: 'ip', value: '127.0.0.1' }]
          : names.map((value) => ({ type: 'dns' as const, value })),
      ),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', server.privateKey));
  const folder = mkdtempSync(join(tmpdir(), 'test-tls-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    ca: write('ca.pem', ca.toString('pem')),
    certificate: write('server.pem', certificate.toString('pem')),
    key: write('server.key', pem('PRIVATE KEY', pkcs8)),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
