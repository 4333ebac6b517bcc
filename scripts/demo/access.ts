import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfApiKey, newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { audience, type DemoIssuer, startIssuer } from './issuer.js';

/** Beside the audit log and the key ring of the demo. */
const folder = 'data/demo';

/** A caller that the demo makes a credential for. */
export interface DemoCaller {
  /** What the pages call it. */
  readonly name: string;
  readonly credential: string;
  /** Where it stands, so that a command need not have it. */
  readonly file: string;
}

/** In the order in which they are printed. */
type Callers = Readonly<Record<'viewer' | 'operator' | 'viewerKey' | 'operatorKey', DemoCaller>>;

export interface DemoAccess {
  readonly settings: { readonly MODE: string; readonly ACCESS_FILE: string };
  readonly issuer: DemoIssuer;
  readonly callers: Callers;
}

/** Starts an issuer, and writes an access file, the token that it names, and a credential for each caller. */
export async function makeAccess(upstreamToken: string): Promise<DemoAccess> {
  const issuer = await startIssuer();
  const person = (sub: string, group: string) =>
    issuer.token({ sub, email: `${sub}@example.com`, groups: [group] });
  const keys = { dashboard: newApiKey(), rotation: newApiKey() };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const callers: Callers = {
    viewer: caller('Viewer (JWT)', 'viewer.jwt', await person('ada', 'edge-viewers')),
    operator: caller('Operator (JWT)', 'operator.jwt', await person('grace', 'edge-operators')),
    viewerKey: caller('Viewer (API key)', 'viewer.key', keys.dashboard.key),
    operatorKey: caller('Operator (API key)', 'operator.key', keys.rotation.key),
  };
  put('cloudflare-token', upstreamToken, 0o600);
  const notAfter = new Date(Date.now() + 24 * 60 * 60_000).toISOString().slice(0, 10);
  const accessFile = {
    issuers: [
      {
        name: 'demo',
        issuer: issuer.url,
        jwks: issuer.jwks,
        audience: [audience],
        algorithms: ['RS256'],
        type: 'at+jwt',
        actor: 'email',
      },
    ],
    keys: Object.entries(keys).map(([name, { id, key }]) => ({
      id,
      name,
      sha256: digestOfApiKey(key),
      notAfter,
    })),
    grants: [
      { issuer: 'demo', claims: { groups: 'edge-viewers' }, role: 'viewer', zones: ['*'] },
      { issuer: 'demo', claims: { groups: 'edge-operators' }, role: 'operator', zones: ['*'] },
      { key: 'dashboard', role: 'viewer', zones: ['*'] },
      { key: 'rotation', role: 'operator', zones: ['*'] },
    ],
    upstream: [{ name: 'sandbox', tokenFile: 'cloudflare-token', zones: ['*'] }],
  };
  const path = put('access.json', JSON.stringify(accessFile, null, 2), 0o640);
  return { settings: { MODE: 'managed', ACCESS_FILE: path }, issuer, callers };
}

function caller(name: string, fileName: string, credential: string): DemoCaller {
  return { name, credential, file: put(fileName, credential, 0o600) };
}

/** Replaces the whole file. */
function put(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, `${text}\n`, { mode });
  // Of a file that was there, and whatever the umask is.
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
  return path;
}
