import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditStoreOf } from '../../src/gateway/audit/audit-store-of.js';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { Recovery } from '../../src/gateway/audit/log/recovery.js';
import { initKeyRing, loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { type AuditEnvironment, changesIn, verified } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { zoneId } from '../support/gateway/fleet.js';
import { call } from '../support/http/http.js';
import { aDatabase, postgresUrl } from '../support/postgres/postgres.js';
import { startProcess } from '../support/gateway/process.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { startSandbox } from '../support/upstream/sandbox.js';

interface Server {
  /** A new log; the folder is for what is kept in files. */
  auditUrl(folder: string): Promise<string>;
  close(): Promise<void>;
}

const servers: [string, () => Promise<Server>][] = [
  [
    'in a file',
    () =>
      Promise.resolve({
        auditUrl: (folder) => Promise.resolve(`file:${join(folder, 'audit.db')}`),
        close: () => Promise.resolve(),
      }),
  ],
  [
    'in PostgreSQL',
    async () => {
      const { url, close } = await postgresUrl();
      return { auditUrl: async () => (await aDatabase(url)).url, close };
    },
  ],
];

const replicas = 2;
const changesEach = 20;
/** Each replica makes one change before the others. */
const all = replicas * (1 + changesEach);

describe.each(servers)('Replicas that share an audit log %s', (_, start) => {
  let server: Server;
  beforeAll(async () => void (server = await start()), 600_000);
  afterAll(() => server?.close());

  it('Replicas that are killed and recover at once store one end for each change', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-recovery-'));
    const environment: AuditEnvironment = {
      AUDIT_URL: await server.auditUrl(folder),
      KEYS_FILE: join(folder, 'keys.json'),
    };
    initKeyRing(environment.KEYS_FILE);
    const sandbox = await startSandbox({ anyZone: true });
    const settings = { ...environment, CLOUDFLARE_BASE_URL: sandbox.url };
    const gateways = await Promise.all(Array.from({ length: replicas }, () => startProcess(settings)));

    const change = (url: string, zone: string) =>
      call(`${url}/client/v4${pathOf('/settings', zone)}`, 'PUT', {
        headers: bearer,
        body: { enabled: true },
      });
    // Until Cloudflare has let a credential change something, few of its changes are tried at once.
    for (const [replica, { url }] of gateways.entries())
      expect((await change(url, zoneId(replicas * changesEach + replica))).status).toBe(200);

    // Half of them are not answered.
    await sandbox.faults({
      rules: [{ operation: 'settings.update', count: changesEach, action: { hang: 'after' } }],
    });
    const changing = gateways.flatMap(({ url }, replica) =>
      Array.from({ length: changesEach }, async (_each, index) => {
        const zone = zoneId(replica * changesEach + index);
        const reply = await change(url, zone).catch(() => null);
        return reply?.status ?? null;
      }),
    );
    await eventually(async () => {
      const changes = await changesIn(environment);
      const isDone = changes.filter(({ stage }) => stage === 'outcome').length === replicas + changesEach;
      return (isDone && (await sandbox.calls())['settings.update'] === all) || undefined;
    });
    await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
    const answered = (await Promise.all(changing)).filter((status) => status === 200);

    const keys = new AuditKeys(loadKeyRing(environment.KEYS_FILE, { mayCreate: false }).ring);
    const successors = await Promise.all(
      Array.from({ length: 2 * replicas }, async () => {
        const store = auditStoreOf(auditUrlSchema.parse(environment.AUDIT_URL));
        const writer = new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined });
        await writer.start();
        return { writer, recovery: new Recovery(store, writer, { givenUpAfterMs: 0 }) };
      }),
    );
    await Promise.all(successors.map(({ recovery }) => recovery.run()));
    await Promise.all(successors.map(({ recovery }) => recovery.run()));
    for (const { recovery, writer } of successors) {
      await recovery.close();
      await writer.close();
    }

    const changes = await changesIn(environment);
    const intents = changes.filter(({ stage }) => stage === 'intent');
    const ends = changes.filter(({ stage }) => stage !== 'intent');
    expect(intents).toHaveLength(all);
    expect(ends.map(({ op_id, stage }) => `${op_id} ${stage}`).sort()).toEqual(
      intents.map(({ op_id }) => `${op_id} outcome`).sort(),
    );
    const unknown = ends.filter(({ entry }) => entry === 'recovery');
    expect(unknown).toHaveLength(changesEach);
    for (const { result } of unknown) expect(result).toEqual({ status: 'unknown', reason: 'no_outcome' });
    expect(answered).toHaveLength(changesEach);
    expect((await verified(environment)).finding).toBeNull();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });
});
