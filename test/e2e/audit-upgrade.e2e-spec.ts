import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { rotateKeyRing } from '../../src/platform/keys/key-ring.js';
import { runAudit } from '../support/audit/audit-command.js';
import { connectionReply, faces, type Shown } from '../support/audit/audit-events.js';
import { changesIn, eventAt } from '../support/audit/audited.js';
import { receiptIn } from '../support/audit/receipts.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { bearer, email, apiKey, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

/**
 * Version 0.1.0 made these files: changes of all kinds over three runs of a gateway, with a token and with an API key. The key ring was
 * rotated after the first run. A `kill -9` ended the second during a change, whose intent is open.
 */
const fixture = 'test/fixtures/0.1.0';

describe('An audit log and a key ring of version 0.1.0', () => {
  let folder: string;
  let environment: { AUDIT_URL: string; KEYS_FILE: string };
  let checkpoints: string;
  let sandbox: RunningSandbox;
  beforeEach(async () => {
    folder = scratchFolder('upgrade');
    mkdirSync(join(folder, 'data'));
    const place = (name: string) => {
      const path = join(folder, 'data', name);
      copyFileSync(join(fixture, name), path);
      chmodSync(path, 0o600);
      return path;
    };
    environment = { AUDIT_URL: `file:${place('audit.db')}`, KEYS_FILE: place('keys.json') };
    checkpoints = place('checkpoints.ndjson');
    sandbox = await startSandbox();
  });
  afterEach(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });

  const start = (): Promise<RunningGateway> =>
    startGateway({
      upstream: sandbox.url,
      AUDIT_URL: auditUrlSchema.parse(environment.AUDIT_URL),
      KEYS_FILE: environment.KEYS_FILE,
    });
  const change = (gateway: RunningGateway) =>
    call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: { enabled: true } });
  const verified = async () => runAudit(['verify', '--checkpoints', checkpoints], environment);

  it('The log verifies as it is, and is exported and copied', async () => {
    expect(await verified()).toEqual({
      code: 0,
      output:
        '26 records in 3 chains with 2 checkpoints verify; nothing is missing that 2 saved checkpoints named.\n',
      errors: '',
    });
    const { code, output } = await runAudit(['export'], environment);
    expect([code, output.split('\n').length]).toEqual([0, 28]);
    const copy = join(folder, 'copy.db');
    expect((await runAudit(['backup', '--output', copy], environment)).code).toBe(0);
  });

  it('A gateway appends to the log, ends its open intent, and what was there stays as it was', async () => {
    const before = (await runAudit(['export'], environment)).output.split('\n').slice(0, -2);
    const gateway = await start();
    const { status, headers } = await change(gateway);
    expect(status).toBe(200);
    expect(await eventAt(environment, receiptIn(headers))).toMatchObject({ stage: 'outcome' });
    await eventually(
      async () => (await changesIn(environment)).some(({ entry }) => entry === 'recovery') || undefined,
    );
    await gateway.close();

    const { code, output } = await verified();
    expect(code).toBe(0);
    expect(output).toMatch(/ records in 4 chains .* nothing is missing that 2 saved checkpoints named\./);
    const after = (await runAudit(['export'], environment)).output.split('\n');
    expect(before).toHaveLength(26);
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    const changes = await changesIn(environment);
    const unknown = changes.find(({ entry }) => entry === 'recovery');
    const intent = changes.find(({ op_id, stage }) => op_id === unknown?.op_id && stage === 'intent');
    expect([intent?.action, unknown?.result?.status]).toEqual(['settings.update', 'unknown']);
  });

  it('Its events are found over REST and GraphQL, those of the same credential as their own', async () => {
    const gateway = await start();
    try {
      for (const [face, search] of faces) {
        const found = async (headers: Record<string, string>): Promise<readonly Shown[]> => {
          const query = { zone: seededZone, limit: 100, before: '2026-11-28T00:00:00Z', status: 'success' };
          const { events, messages } = await search(gateway, query, headers);
          expect([face, messages]).toEqual([face, []]);
          return events;
        };
        const own = await found(bearer);
        expect(own.map(({ action }) => action).toSorted()).toEqual([
          'hostname.update',
          ...Array.from({ length: 6 }, () => 'settings.update'),
          'zone_certificate.delete',
          'zone_certificate.upload',
        ]);
        const ofToken = own.filter(({ credential }) => credential?.kind === 'api_token');
        expect(ofToken.map(({ actor }) => actor?.['ip'])).toEqual(ofToken.map(() => '127.0.0.1'));
        expect(ofToken).toHaveLength(8);
        const byKey = await found({ 'x-auth-email': email, 'x-auth-key': apiKey });
        expect(byKey.filter(({ actor }) => actor?.['id'] === email)).toHaveLength(1);
      }
      const filter = { target: 'app.example.com', status: 'success' };
      const { page } = await connectionReply(gateway, { zone: seededZone, ...filter });
      expect(page?.edges.map(({ node }) => node['change'])).toMatchObject([
        {
          before: [{ hostname: 'app.example.com', enabled: true }],
          after: [{ hostname: 'app.example.com', enabled: false }],
        },
      ]);
    } finally {
      await gateway.close();
    }
  });

  it('The key ring is rotated, and all of the log still verifies', async () => {
    rotateKeyRing(environment.KEYS_FILE);
    const gateway = await start();
    await change(gateway);
    await gateway.close();
    expect((await verified()).code).toBe(0);
    const { keys } = JSON.parse(readFileSync(environment.KEYS_FILE, 'utf8')) as { keys: object };
    expect(new Set((await changesIn(environment)).map(({ kid }) => kid)).size).toBe(Object.keys(keys).length);
  });
});
