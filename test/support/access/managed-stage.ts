import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type SandboxSettings } from '../../../sandbox/settings.js';
import { digestOfApiKey, newApiKey } from '../../../src/gateway/access/managed/api-key.js';
import { auditUrlSchema } from '../../../src/platform/config/audit-url.js';

import { type ChainedEvent } from '../../../src/gateway/audit/record/event.js';
import { changesIn } from '../audit/audited.js';
import { scratchFolder } from '../basics/scratch.js';
import { call, type CallOptions, type Reply } from '../http/http.js';
import { type GatewayOptions, type RunningGateway, startGateway } from '../gateway/gateway.js';
import { type Recorder, startRecorder } from '../upstream/recorder.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';
import { audience, startIssuer, type TestIssuer } from './issuer.js';

/** What the gateway calls Cloudflare with. */
export const upstreamToken = 'sandbox-token-that-may-read-and-may-write';

type Json = Record<string, unknown>;

/** Members of the access file in place of the usual ones, or what is made of these. */
type Changes = Json | ((usual: Json) => Json);

/** The roles that the grants of the stage give, each by the claim `groups` and by an API key of the same name. */
const stagedRoles = ['viewer', 'operator', 'admin', 'auditor'] as const;

type StagedRole = (typeof stagedRoles)[number];

/** The files of an installation in managed mode. */
interface AccessFolder {
  readonly path: string;
  readonly folder: string;
  readonly keys: Readonly<Record<StagedRole, string>>;
  /** Of the access file as it was written last. */
  readonly content: Json;
  /** Replaces the access file as a whole. */
  write(content: Json | string): void;
  writeToken(name: string, token: string, mode?: number): string;
  remove(): void;
}

/** An access file with one issuer, an API key for each role, and a token for all zones. */
function accessFolder(issuer: Pick<TestIssuer, 'issuer' | 'jwks'>, changes: Changes): AccessFolder {
  const folder = scratchFolder('access');
  const path = join(folder, 'access.json');
  const made = stagedRoles.map((role) => ({ role, ...newApiKey() }));
  const writeToken = (name: string, token: string, mode = 0o600) => {
    const file = join(folder, name);
    writeFileSync(`${file}.new`, `${token}\n`, { mode });
    chmodSync(`${file}.new`, mode);
    renameSync(`${file}.new`, file);
    return file;
  };
  writeToken('cf-token', upstreamToken);
  const self = {
    path,
    folder,
    keys: Object.fromEntries(made.map(({ role, key }) => [role, key])) as Record<StagedRole, string>,
    content: {} as Json,
    write: (content: Json | string) => {
      if (typeof content !== 'string') self.content = content;
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(`${path}.new`, text, { mode: 0o640 });
      renameSync(`${path}.new`, path);
    },
    writeToken,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  const usual: Json = {
    issuers: [
      {
        name: 'test',
        issuer: issuer.issuer,
        jwks: issuer.jwks,
        audience: [audience],
        algorithms: ['RS256'],
        actor: 'email',
      },
    ],
    keys: made.map(({ role, id, key }) => ({
      id,
      name: role,
      sha256: digestOfApiKey(key),
      notAfter: '2099-01-01',
    })),
    grants: [
      ...stagedRoles.map((role) => ({ issuer: 'test', claims: { groups: role }, role, zones: ['*'] })),
      ...stagedRoles.map((role) => ({ key: role, role, zones: ['*'] })),
    ],
    upstream: [{ name: 'prod', tokenFile: 'cf-token', zones: ['*'] }],
  };
  self.write(typeof changes === 'function' ? changes(usual) : { ...usual, ...changes });
  return self;
}

export interface ManagedStage extends AsyncDisposable {
  readonly issuer: TestIssuer;
  readonly access: AccessFolder;
  readonly sandbox: RunningSandbox;
  readonly recorder: Recorder;
  readonly gateway: RunningGateway;
  /** What is in the audit log of the gateway, without what keeps the log itself. */
  events(): Promise<ChainedEvent[]>;
  /** All that the gateways have logged. */
  logged(): string;
  /** Another replica with the same access file. */
  replica(settings?: Omit<GatewayOptions, 'upstream'>): Promise<RunningGateway>;
  /** Asks below `/client/v4`. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** The header of somebody with this role. */
  as(role: string, claims?: Json): Promise<{ authorization: string }>;
}

/** Gateway in managed mode → recorder → sandbox, and an issuer beside. */
export async function startManagedStage(
  changes: Changes = {},
  gatewaySettings: Omit<GatewayOptions, 'upstream'> = {},
  sandboxSettings: Partial<SandboxSettings> = {},
): Promise<ManagedStage> {
  const issuer = await startIssuer();
  const access = accessFolder(issuer, changes);
  const sandbox = await startSandbox(sandboxSettings);
  const recorder = await startRecorder(sandbox.url);
  const managed = { MODE: 'managed', ACCESS_FILE: access.path, upstream: recorder.url } as const;
  const AUDIT_URL = `file:${join(access.folder, 'audit.db')}`;
  let logged = '';
  const log = pino({ level: 'trace', base: null }, { write: (line) => void (logged += line) });
  const gateways: RunningGateway[] = [];
  const replica = async (settings: Omit<GatewayOptions, 'upstream'> = {}) => {
    const gateway = await startGateway({ log, ...gatewaySettings, ...settings, ...managed });
    gateways.push(gateway);
    return gateway;
  };
  const end = async () => {
    for (const gateway of gateways) await gateway.close();
    await recorder.close();
    await sandbox.close();
    await issuer.close();
    access.remove();
  };
  try {
    const gateway = await replica({ AUDIT_URL: auditUrlSchema.parse(AUDIT_URL) });
    recorder.forget();
    return {
      issuer,
      access,
      sandbox,
      recorder,
      gateway,
      events: () => changesIn({ AUDIT_URL }),
      logged: () => logged,
      replica,
      ask: (method, path, options = {}) => call(gateway.base + path, method, options),
      as: async (role, claims = {}) => ({
        authorization: `Bearer ${await issuer.token({ sub: role, email: `${role}@example.com`, groups: [role], ...claims })}`,
      }),
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
