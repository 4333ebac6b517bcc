import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { randomBytes, webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { type Caller } from './load.js';

const demoZone = '023e105f4ecef8ad9ca31a8372d0c353';
const authorization = 'Bearer sandbox-token-read-write';
/** How many hostname certificates a zone takes. */
const certificatesPerZone = 10;

/** What is done again and again, in the same way whatever the target. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** One for each of the callers that load a target at the same time. */
  readonly newCaller: () => Caller;
}

/** Whatever takes time to make is made here, before anything is measured. */
export async function createScenarios(): Promise<readonly Scenario[]> {
  return [list(), upload(await Promise.all(Array.from({ length: certificatesPerZone }, newUploadBody)))];
}

function list(): Scenario {
  const path = pathOf(demoZone, '');
  return {
    name: 'list',
    title: 'list the certificates of a zone',
    newCaller: () => () => ({ method: 'GET', path, headers: { authorization } }),
  };
}

/**
 * Every upload is one that the sandbox takes, so that all three targets go the whole way of a change that is made. A zone
 * takes ten hostname certificates and each of them once, so a caller fills a zone and goes on to a new one
 * (SANDBOX_ANY_ZONE). Nothing has to be deleted between, which would be measured along with the uploads; and no two
 * callers meet in a zone, where a gateway has to let one wait for the other.
 */
function upload(bodies: readonly Buffer[]): Scenario {
  return {
    name: 'upload',
    title: 'upload a hostname certificate',
    newCaller: () => {
      let left: readonly Buffer[] = [];
      let path = '';
      return () => {
        if (left.length === 0) {
          left = bodies;
          path = pathOf(randomBytes(16).toString('hex'), '/hostnames/certificates');
        }
        const [body, ...others] = left as [Buffer, ...Buffer[]];
        left = others;
        const headers = { authorization, 'content-type': 'application/json', 'content-length': body.length };
        return { method: 'POST', path, headers, body };
      };
    },
  };
}

function pathOf(zone: string, path: string): string {
  return `/client/v4/zones/${zone}/origin_tls_client_auth${path}`;
}

/** With RSA keys, as most are: about 3 KiB. */
async function newUploadBody(): Promise<Buffer> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=origin-pull.example.com',
    keys,
    signingAlgorithm: algorithm,
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = key.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(
    JSON.stringify({
      certificate: `${certificate.toString('pem')}\n`,
      private_key: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
    }),
  );
}
