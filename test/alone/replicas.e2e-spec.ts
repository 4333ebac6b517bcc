import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningProcess, runToExit, startProcess } from '../support/gateway/process.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const zonePath = `/client/v4/zones/${zone}/origin_tls_client_auth`;

describe('Two replicas on one Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replicas-'));
  const keys = join(folder, 'keys.json');
  let sandbox: RunningSandbox;
  let redis: TestRedis;
  let replicas: [RunningProcess, RunningProcess];

  beforeAll(async () => {
    initKeyRing(keys);
    sandbox = await startSandbox();
    redis = await startRedis();
    const environment = { CLOUDFLARE_BASE_URL: sandbox.url, REDIS_URL: redis.url, KEYS_FILE: keys };
    replicas = [await startProcess(environment), await startProcess(environment)];
    for (const { url } of replicas)
      await eventually(async () => (await readiness(url)) === 'ready' || undefined);
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop('SIGINT')));
    await redis.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const read = (replica: RunningProcess, path: string, token = 'sandbox-token-read-write') =>
    fetch(`${replica.url}${zonePath}${path}`, { headers: { authorization: `Bearer ${token}` } });

  const change = (replica: RunningProcess, enabled: boolean) =>
    fetch(`${replica.url}${zonePath}/settings`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sandbox-token-read-write', 'content-type': 'application/json' },
      body: JSON.stringify({ enabled }),
    });

  const readiness = async (url: string) =>
    ((await (await fetch(`${url}/health/ready`)).json()) as { status: string }).status;

  it('1,000 cold reads at once on two replicas cause one upstream call', async () => {
    // Of another operation, so that no process compiles its code while Redis waits for it.
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => read(replicas[index % 2 === 0 ? 0 : 1], '/settings')),
    );
    await sandbox.reset();
    await sandbox.faults({ latencyMs: 200 });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => read(replicas[index % 2 === 0 ? 0 : 1], '')),
    );
    await sandbox.faults();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await sandbox.calls()).toEqual({ 'zone_certificate.list': 1 });
  });

  it('A replica shows the change of the other replica to another credential', async () => {
    for (const enabled of [false, true, false]) {
      for (const replica of replicas) await read(replica, '/settings', 'sandbox-token-read-write-a');
      expect((await change(replicas[0], enabled)).status).toBe(200);
      for (const replica of replicas) {
        const answer = await read(replica, '/settings', 'sandbox-token-read-write-a');
        expect(await answer.json()).toMatchObject({ result: { enabled } });
      }
    }
  });

  it("A replica shows the other replica's change of the global level, over REST and GraphQL", async () => {
    const authorization = 'Bearer sandbox-token-read-write-b';
    const url = `/client/v4/zones/${zone}/settings/tls_client_auth`;
    const query = `{ zone(id: "${zone}") { globalLevel { enabled missingPermission } } }`;
    const overRest = async (replica: RunningProcess) =>
      (await fetch(replica.url + url, { headers: { authorization } })).json();
    const overGraphQL = async (replica: RunningProcess) => {
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ query });
      return (await fetch(`${replica.url}/graphql`, { method: 'POST', headers, body })).json();
    };
    for (const value of ['off', 'on', 'off']) {
      for (const replica of replicas) await Promise.all([overRest(replica), overGraphQL(replica)]);
      const changed = await fetch(replicas[0].url + url, {
        method: 'PATCH',
        headers: { authorization: 'Bearer sandbox-token-read-write', 'content-type': 'application/json' },
        body: JSON.stringify({ value }),
      });
      expect(changed.status).toBe(200);
      for (const replica of replicas) {
        expect(await overRest(replica)).toMatchObject({ result: { id: 'tls_client_auth', value } });
        expect(await overGraphQL(replica)).toEqual({
          data: { zone: { globalLevel: { enabled: value === 'on', missingPermission: null } } },
        });
      }
    }
  });

  it('A replica without a key ring does not start, and names the command that makes one', async () => {
    const { code, output } = await runToExit({ REDIS_URL: redis.url, KEYS_FILE: join(folder, 'none.json') });
    expect(code).toBe(1);
    expect(output).toContain('npm run keys -- init');
    expect(output).not.toMatch(/\bat /);
  });

  it('A replica with an invalid REDIS_URL does not start and does not print its password', async () => {
    const { code, output } = await runToExit({ REDIS_URL: 'redis://:hunter2@', KEYS_FILE: keys });
    expect(code).toBe(1);
    expect(output).toContain('REDIS_URL: must be');
    expect(output).not.toContain('hunter2');
  });
});
