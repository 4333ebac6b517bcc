import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { type AuditEnvironment, changesIn, eventAt, verified } from '../support/audit/audited.js';
import { receiptIn } from '../support/audit/receipts.js';
import { eventually } from '../support/basics/eventually.js';
import { mutate, mutationOf } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { lockedByAnother } from '../support/audit/lock.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

/** A sandbox, and a process of the gateway with an audit log of its own. */
class Stage implements AsyncDisposable {
  private isRunning = true;

  private constructor(
    private readonly folder: string,
    readonly environment: AuditEnvironment,
    readonly sandbox: RunningSandbox,
    private readonly gateway: RunningProcess,
  ) {}

  static async start(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'audit-outcomes-'));
    const environment = {
      AUDIT_URL: `file:${join(folder, 'audit.db')}`,
      KEYS_FILE: join(folder, 'keys.json'),
    };
    const sandbox = await startSandbox();
    const gateway = await startProcess({ ...environment, CLOUDFLARE_BASE_URL: sandbox.url });
    const stage = new Stage(folder, environment, sandbox, gateway);
    // Admits the credential: else the change waits for a read first, and the faults meet that read.
    await call(stage.settings, 'GET', { headers: bearer });
    return stage;
  }

  get path(): string {
    return join(this.folder, 'audit.db');
  }

  get url(): string {
    return this.gateway.url;
  }

  get settings(): string {
    return `${this.url}/client/v4${pathOf('/settings')}`;
  }

  hasBeenSent(): Promise<true> {
    return eventually(async () => ((await this.sandbox.calls())['settings.update'] ? true : undefined));
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    expect(await this.gateway.stop('SIGINT')).toBe(0);
  }

  async outcomes(): Promise<ChainedEvent[]> {
    return (await changesIn(this.environment)).filter(({ stage }) => stage !== 'intent');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.gateway.stop('SIGKILL');
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true });
  }
}

async function overRest({ settings }: Stage) {
  const { status, headers, body } = await call(settings, 'PUT', { headers: bearer, body: { enabled: true } });
  return { isDone: status === 200 && body.includes('"enabled":true'), headers };
}

async function overGraphQL({ url }: Stage) {
  const { payload, headers } = await mutate({ url }, 'updateZoneSettings', {
    zoneId: seededZone,
    enabled: true,
  });
  return { isDone: payload?.settings?.enabled === true, headers };
}

const success = { stage: 'outcome', action: 'settings.update', result: { status: 'success' } };

// Much of a test is waiting, so they run side by side.
describe('Outcomes in the audit log', () => {
  it.concurrent.each([
    ['REST', overRest],
    ['GraphQL', overGraphQL],
  ])(
    'Over %s, an outcome that cannot be stored is announced as pending, and is stored later',
    async (_, write) => {
      await using stage = await Stage.start();
      const { sandbox, settings } = stage;
      await sandbox.faults({
        rules: [{ operation: 'settings.update', action: { delayMs: 2000, when: 'after' } }],
      });
      const writing = write(stage);
      await stage.hasBeenSent();
      const unlock = await lockedByAnother(stage.path);
      const { isDone, headers } = await writing;
      expect({ isDone, pending: headers['audit-outcome'] }).toEqual({ isDone: true, pending: 'pending' });
      const receipt = receiptIn(headers);
      expect(receipt?.stage).toBe('intent');

      const next = await call(settings, 'PUT', { headers: bearer, body: { enabled: false } });
      expect(next.status).toBe(503);
      expect((await sandbox.calls())['settings.update']).toBe(1);
      await unlock();
      await eventually(
        async () => (await call(`${stage.url}/health/ready`, 'GET')).status === 200 || undefined,
      );
      await sandbox.faults();
      expect(await write(stage)).toMatchObject({ isDone: true });
      await stage.stop();
      expect(await stage.outcomes()).toMatchObject([success, success]);
      const intent = await eventAt(stage.environment, receipt);
      expect(intent).toMatchObject({ stage: 'intent', request_id: headers['x-request-id'] });
      expect((await verified(stage.environment)).finding).toBeNull();
    },
  );

  it.concurrent.each([
    ['REST', 'PUT', ({ settings }: Stage) => settings, { enabled: true }],
    [
      'GraphQL',
      'POST',
      ({ url }: Stage) => `${url}/graphql`,
      {
        query: mutationOf('updateZoneSettings'),
        variables: { input: { zoneId: seededZone, enabled: true } },
      },
    ],
  ])(
    'An outcome over %s is stored where the caller hangs up and the gateway then stops',
    async (_, method, url, body) => {
      await using stage = await Stage.start();
      const { sandbox } = stage;
      await sandbox.faults({ latencyMs: 1000 });
      const caller = request(url(stage), {
        method,
        agent: false,
        headers: { ...bearer, 'content-type': 'application/json' },
      });
      caller.on('error', () => undefined);
      caller.end(JSON.stringify(body));
      await stage.hasBeenSent();
      const gone = new Promise((resolve) => caller.once('close', resolve));
      caller.destroy();
      await gone;
      await stage.stop();
      expect(await stage.outcomes()).toMatchObject([success]);
      expect((await verified(stage.environment)).finding).toBeNull();
    },
  );

  it.concurrent(
    'An outcome is unknown where Cloudflare closes the connection without an answer',
    async () => {
      await using stage = await Stage.start();
      const { sandbox, settings } = stage;
      await sandbox.faults({ rules: [{ operation: 'settings.update', action: { drop: 'after' } }] });
      const unknown = await call(settings, 'PUT', { headers: bearer, body: { enabled: true } });
      expect(unknown.status).toBe(504);
      await stage.stop();
      expect(await stage.outcomes()).toMatchObject([
        { stage: 'outcome', result: { status: 'unknown', reason: 'outcome_unknown' } },
      ]);
    },
  );

  it.concurrent(
    'An outcome is stored where the answer has an infinite number or invalid characters',
    async () => {
      await using stage = await Stage.start();
      const { sandbox, settings } = stage;
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
      expect((await call(settings, 'PUT', { headers: bearer, body: { enabled: true } })).status).toBe(400);
      expect(await overRest(stage)).toMatchObject({ isDone: true });
      await stage.stop();
      expect(await stage.outcomes()).toMatchObject([
        { stage: 'outcome', result: { status: 'failure', http_status: 400, codes: [] } },
        { ...success, change: { after: { zone: { enabled: true } } } },
      ]);
      expect((await verified(stage.environment)).finding).toBeNull();
    },
  );
});
