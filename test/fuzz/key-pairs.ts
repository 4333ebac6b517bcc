import { aCertificate, derOf, type TestCertificate } from '../support/certificates/certificates.js';
import { type Sought } from '../support/gateway/canary.js';

interface KeyPair {
  readonly certificate: TestCertificate;
  /** Another key of the same kind: what both have is the name of the kind, which stands in certificates too. */
  readonly other: string;
}

const kinds = [
  ...Array.from({ length: 6 }, () => ({})),
  { keyType: 'rsa' },
  { keyType: 'ed25519' },
  // Expired.
  { notBefore: new Date(0), notAfter: new Date(1000) },
] as const satisfies Parameters<typeof aCertificate>[0][];

export function someKeyPairs(): Promise<KeyPair[]> {
  return Promise.all(
    kinds.map(async (options) => ({
      certificate: await aCertificate(options),
      other: (await aCertificate(options)).privateKey,
    })),
  );
}

/** A private key as PEM, without the line ends, and as hex of its DER. */
export function soughtOf({ certificate: { certificate, privateKey }, other }: KeyPair): Sought[] {
  return forms.map((form) => ({
    secret: form(privateKey),
    open: `${form(certificate)} ${form(other)}`,
  }));
}

const forms: readonly ((pem: string) => string)[] = [
  (pem) => pem,
  (pem) => pem.replaceAll('\n', ''),
  (pem) => derOf(pem).toString('hex'),
];
