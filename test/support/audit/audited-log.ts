import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditKeys } from '../../../src/gateway/audit/record/keys.js';
import { prune } from '../../../src/gateway/audit/tools/prune.js';
import { SqliteArchive } from '../../../src/gateway/audit/sqlite/archive.js';
import { loadKeyRing, rotateKeyRing } from '../../../src/platform/keys/key-ring.js';
import { withDatabase } from './audit-stores.js';
import { call } from '../http/http.js';
import { type RunningProcess, startProcess } from '../gateway/process.js';
import { anAssociation, anUpload, bearer, pathOf } from '../http/requests.js';
import { startSandbox } from '../upstream/sandbox.js';

/** An audit log that gateways wrote, of a few hundred events. No process has it open. */
export interface AuditedLog {
  readonly folder: string;
  readonly path: string;
  /** As it was before anything was pruned. */
  readonly unprunedPath: string;
  /** As it was before the last gateway ran. */
  readonly olderPath: string;
  readonly keysFile: string;
  /** What the gateways have printed, as an operator saves it. */
  readonly printedPath: string;
  keys(): AuditKeys;
  remove(): void;
}

/**
 * Four chains of gateways: one ended cleanly, and then its records were pruned; one was killed; two wrote at the same time.
 * It has a chain of the pruning too, and a checkpoint of each gateway that was not killed. The key ring was rotated meanwhile.
 */
export async function anAuditedLog(): Promise<AuditedLog> {
  const folder = mkdtempSync(join(tmpdir(), 'audited-'));
  const path = join(folder, 'audit.db');
  const unprunedPath = join(folder, 'unpruned.db');
  const olderPath = join(folder, 'older.db');
  const keysFile = join(folder, 'keys.json');
  const printedPath = join(folder, 'printed.log');
  const keys = () => new AuditKeys(loadKeyRing(keysFile, { mayCreate: false }).ring);
  const sandbox = await startSandbox();
  let printed = '';
  const start = () =>
    startProcess({
      AUDIT_URL: `file:${path}`,
      KEYS_FILE: keysFile,
      CLOUDFLARE_BASE_URL: sandbox.url,
    });
  const end = async (gateway: RunningProcess, signal: NodeJS.Signals) => {
    await gateway.stop(signal);
    printed += gateway.output();
  };
  try {
    const first = await start();
    await change(first, 20);
    await end(first, 'SIGINT');
    withDatabase(path, (db) => db.prepare('VACUUM INTO ?').run(unprunedPath));
    await prune(new SqliteArchive({ path }), keys(), new Date().toISOString());
    const killed = await start();
    await change(killed, 50);
    await end(killed, 'SIGKILL');
    withDatabase(path, (db) => db.prepare('VACUUM INTO ?').run(olderPath));
    rotateKeyRing(keysFile);
    const both = await Promise.all([start(), start()]);
    await Promise.all(both.map((gateway) => change(gateway, 30)));
    await Promise.all(both.map((gateway) => end(gateway, 'SIGINT')));
  } finally {
    await sandbox.close();
  }
  writeFileSync(printedPath, printed);
  return {
    folder,
    path,
    unprunedPath,
    olderPath,
    keysFile,
    printedPath,
    keys,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Makes changes, each of which stores an intent and an outcome. */
async function change({ url }: RunningProcess, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const enabled = time % 2 === 0;
    // One in ten is an upload: each needs a new key, which is slow to make.
    const [method, path, body] =
      time % 10 === 9
        ? ['POST', '', await anUpload()]
        : time % 2 === 0
          ? ['PUT', '/settings', { enabled }]
          : ['PUT', '/hostnames', { config: [{ ...anAssociation(), enabled }] }];
    const reply = await call(`${url}/client/v4${pathOf(path)}`, method, { headers: bearer, body });
    if (reply.status !== 200)
      throw new Error(`The change was answered with ${reply.status}: ${reply.body.toString()}`);
  }
}
