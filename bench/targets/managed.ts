import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { digestOfApiKey, newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { type Processes } from '../machine/processes.js';

const issuer = 'https://issuer.example.com';
const audience = 'origin-pulls';

/** An installation in managed mode, with an issuer whose keys are in a file. */
export interface Managed {
  readonly env: Readonly<Record<string, string>>;
  /** `Authorization` with a token as an issuer with some claims makes it. */
  readonly byToken: string;
  /** `Authorization` with an API key. */
  readonly byKey: string;
}

/** @param upstreamToken what calls to the sandbox are made with */
export async function managed({ folder }: Processes, upstreamToken: string): Promise<Managed> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const { id, key } = newApiKey();
  const file = join(folder, 'access.json');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write(
    'jwks.json',
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256' }] }),
  );
  write('token', upstreamToken);
  const all = { role: 'viewer', zones: ['*'] };
  const content = {
    issuers: [{ name: 'bench', issuer, jwksFile: 'jwks.json', audience: [audience], algorithms: ['RS256'] }],
    keys: [{ id, name: 'bench', sha256: digestOfApiKey(key), notAfter: '2099-01-01' }],
    grants: [
      { issuer: 'bench', claims: { groups: 'edge' }, ...all },
      { key: 'bench', ...all },
    ],
    upstream: [{ name: 'sandbox', tokenFile: 'token', zones: ['*'] }],
  };
  write('access.json', JSON.stringify(content));
  const groups = Array.from({ length: 20 }, (_, index) => `group-${index}`);
  const token = await new SignJWT({ email: 'bench@example.com', groups: [...groups, 'edge'] })
    .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('0198f3a0-5c1e-7d2a-9b60-3f6f4a8f7c11')
    .setIssuedAt()
    .setExpirationTime('4h')
    .sign(privateKey);
  return {
    // More than the machine can send.
    env: { MODE: 'managed', ACCESS_FILE: file, CALLER_REQUESTS_PER_SECOND: '1000000' },
    byToken: `Bearer ${token}`,
    byKey: `Bearer ${key}`,
  };
}
