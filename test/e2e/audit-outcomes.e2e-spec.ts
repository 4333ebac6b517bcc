import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { type AuditEnvironment, changesIn, verified } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { mutate, mutationOf } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { lockedByAnother } from '../support/audit/lock.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

describe('The outcome of a change', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningProcess;
  let isRunning: boolean;
  let folder: string;
  let environment: AuditEnvironment;
  const path = () => join(folder, 'audit.db');
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox?.close());
  beforeEach(async () => {
    await sandbox.reset();
    folder = mkdtempSync(join(tmpdir(), 'audit-outcomes-'));
    environment = { AUDIT_URL: `file:${path()}`, KEYS_FILE: join(folder, 'keys.json') };
    gateway = await startProcess({ ...environment, CLOUDFLARE_BASE_URL: sandbox.url });
    isRunning = true;
    // Else the change waits for this, and it is not the change that the sandbox is slow with.
    await call(settings(), 'GET', { headers: bearer });
  });
  afterEach(async () => {
    if (isRunning) await gateway.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const settings = () => `${gateway.url}/client/v4${pathOf('/settings')}`;
  const overRest = async () => {
    const { status, headers, body } = await call(settings(), 'PUT', {
      headers: bearer,
      body: { enabled: true },
    });
    return { isDone: status === 200 && body.includes('"enabled":true'), headers };
  };
  const overGraphQL = async () => {
    const input = { zoneId: seededZone, enabled: true };
    const { payload, headers } = await mutate(gateway, 'updateZoneSettings', input);
    return { isDone: payload?.settings?.enabled === true, headers };
  };
  const hasBeenSent = () =>
    eventually(async () => ((await sandbox.calls())['settings.update'] ? true : undefined));
  const stop = async () => {
    isRunning = false;
    expect(await gateway.stop('SIGINT')).toBe(0);
  };
  const outcomes = async (): Promise<ChainedEvent[]> =>
    (await changesIn(environment)).filter(({ stage }) => stage !== 'intent');
  const success = { stage: 'outcome', action: 'settings.update', result: { status: 'success' } };

  it.each([
    ['over REST', overRest],
    ['over GraphQL', overGraphQL],
  ])('that cannot be stored is answered all the same, says so, and is stored later, %s', async (_, write) => {
    await sandbox.faults({
      rules: [{ operation: 'settings.update', action: { delayMs: 1000, when: 'after' } }],
    });
    const writing = write();
    await hasBeenSent();
    const unlock = await lockedByAnother(path());
    const { isDone, headers } = await writing;
    expect({ isDone, pending: headers['audit-outcome'] }).toEqual({ isDone: true, pending: 'pending' });

    const next = await call(settings(), 'PUT', { headers: bearer, body: { enabled: false } });
    expect(next.status).toBe(503);
    expect((await sandbox.calls())['settings.update']).toBe(1);
    await unlock();
    await eventually(
      async () => (await call(`${gateway.url}/health/ready`, 'GET')).status === 200 || undefined,
    );
    await sandbox.faults();
    expect(await write()).toMatchObject({ isDone: true });
    await stop();
    expect(await outcomes()).toMatchObject([success, success]);
    expect((await verified(environment)).finding).toBeNull();
  });

  it.each([
    ['over REST', 'PUT', () => settings(), { enabled: true }],
    [
      'over GraphQL',
      'POST',
      () => `${gateway.url}/graphql`,
      {
        query: mutationOf('updateZoneSettings'),
        variables: { input: { zoneId: seededZone, enabled: true } },
      },
    ],
  ])(
    'is stored where the caller hangs up, also while the gateway stops, %s',
    async (_, method, url, body) => {
      await sandbox.faults({ latencyMs: 1000 });
      const caller = request(url(), {
        method,
        agent: false,
        headers: { ...bearer, 'content-type': 'application/json' },
      });
      caller.on('error', () => undefined);
      caller.end(JSON.stringify(body));
      await hasBeenSent();
      const gone = new Promise((resolve) => caller.once('close', resolve));
      caller.destroy();
      await gone;
      await stop();
      expect(await outcomes()).toMatchObject([success]);
      expect((await verified(environment)).finding).toBeNull();
    },
  );

  it('is not known where Cloudflare did not answer', async () => {
    await sandbox.faults({ rules: [{ operation: 'settings.update', action: { drop: 'after' } }] });
    const unknown = await call(settings(), 'PUT', { headers: bearer, body: { enabled: true } });
    expect(unknown.status).toBe(504);
    await stop();
    expect(await outcomes()).toMatchObject([
      { stage: 'outcome', result: { status: 'unknown', reason: 'outcome_unknown' } },
    ]);
  });

  it('is stored whatever Cloudflare says in it', async () => {
    const text = '{"success":false,"errors":[{"code":1e999,"message":"?"}],"messages":[],"result":null}';
    await sandbox.faults({
      rules: [
        {
          operation: 'settings.update',
          count: 1,
          action: { status: 400, text, contentType: 'application/json', headers: { 'cf-ray': '"?"' } },
        },
        { operation: 'settings.update', action: { mergeResult: { status: '\ud800', expires_on: '\0' } } },
      ],
    });
    expect((await call(settings(), 'PUT', { headers: bearer, body: { enabled: true } })).status).toBe(400);
    expect(await overRest()).toMatchObject({ isDone: true });
    await stop();
    expect(await outcomes()).toMatchObject([
      { stage: 'outcome', result: { status: 'failure', http_status: 400, codes: [] } },
      { ...success, change: { after: { zone: { enabled: true } } } },
    ]);
    expect((await verified(environment)).finding).toBeNull();
  });
});
