import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ZoneCache } from '../../src/gateway/cache/zone-cache.js';
import { StoreUnavailable } from '../../src/platform/errors/store-unavailable.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn, eventAt } from '../support/audit/audited.js';
import { receiptIn } from '../support/audit/receipts.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { call, type Reply } from '../support/http/http.js';
import { bearer, pathOf, seededZone, zoneCertificate } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

describe('Receipts of changes', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  const folder = scratchFolder('receipts');
  const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, AUDIT_URL: auditUrlSchema.parse(AUDIT_URL) });
  });
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
    rmSync(folder, { recursive: true });
  });

  const put = (body: unknown = { enabled: true }, headers: Record<string, string> = bearer) =>
    call(gateway.base + pathOf('/settings'), 'PUT', { headers, body });
  const mutation = (headers?: Record<string, string>) =>
    mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: false }, headers);

  it.each<[string, string, () => Promise<Pick<Reply, 'headers'>>]>([
    ['over REST', 'success', () => put()],
    ['over GraphQL', 'success', () => mutation()],
    ['that Cloudflare refuses, over REST', 'failure', () => put({ enabled: 7 })],
    [
      'that Cloudflare refuses, over GraphQL',
      'failure',
      () =>
        mutate(gateway, 'deleteZoneCertificate', {
          zoneId: seededZone,
          certificateId: zoneCertificate.replace('a', 'b'),
        }),
    ],
  ])('The answer to a change %s has the place and hash of its outcome', async (_, status, change) => {
    const { headers } = await change();
    const receipt = receiptIn(headers);
    expect(receipt?.stage).toBe('outcome');
    expect(headers['audit-outcome']).toBeUndefined();
    expect(await eventAt({ AUDIT_URL }, receipt)).toMatchObject({
      stage: 'outcome',
      request_id: headers['x-request-id'],
      result: { status },
    });
  });

  it('The receipt in the payload of a mutation is that of the header', async () => {
    const query = `mutation ($input: UpdateZoneSettingsInput!) { updateZoneSettings(input: $input) { receipt { writer seq hash stage } } }`;
    const input = { zoneId: seededZone, enabled: true };
    const { data, headers } = await ask<Record<string, { receipt: object }>>(gateway, query, { input });
    const receipt = receiptIn(headers);
    expect(data?.['updateZoneSettings']?.receipt).toEqual({ ...receipt, stage: 'OUTCOME' });
    const refused = await ask(gateway, query, { input: { ...input, zoneId: 'x' } });
    expect(refused.data).toEqual({ updateZoneSettings: { receipt: null } });
  });

  it.each([
    ['REST', () => put()],
    ['GraphQL', () => mutation()],
  ])('A change over %s whose outcome is unknown has a receipt too', async (_, change) => {
    await sandbox.faults({
      rules: [{ operation: 'settings.update', count: 1, action: { drop: 'after' } }],
    });
    const { headers, status } = await change();
    expect([200, 504]).toContain(status);
    expect(await eventAt({ AUDIT_URL }, receiptIn(headers))).toMatchObject({
      stage: 'outcome',
      request_id: headers['x-request-id'],
      result: { status: 'unknown' },
    });
  });

  it('A change whose intent is taken back has the receipt of that', async () => {
    const raise = jest.spyOn(ZoneCache.prototype, 'raise').mockImplementation(() => {
      throw new StoreUnavailable('redis away');
    });
    const { status, headers } = await put();
    raise.mockRestore();
    const receipt = receiptIn(headers);
    expect([status, receipt?.stage]).toEqual([503, 'not_sent']);
    expect(await eventAt({ AUDIT_URL }, receipt)).toMatchObject({
      stage: 'not_sent',
      request_id: headers['x-request-id'],
    });
  });

  it('Denied changes, reads and searches of the log have no receipt', async () => {
    const unknown = { authorization: 'Bearer made-up' };
    const before = (await changesIn({ AUDIT_URL })).filter(({ stage }) => stage === 'intent').length;
    const replies = [
      await put({ enabled: true }, unknown),
      await put({ enabled: true }, {}),
      await put('no JSON'),
      await mutation(unknown),
      await mutate(gateway, 'updateZoneSettings', { zoneId: 'no zone', enabled: true }),
      await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer }),
      await call(`${gateway.url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer }),
      await ask(gateway, `{ zone(id: "${seededZone}") { settings { enabled } } }`),
    ];
    expect(replies.map(({ headers }) => headers['audit-record'])).toEqual(replies.map(() => undefined));
    const after = (await changesIn({ AUDIT_URL })).filter(({ stage }) => stage === 'intent').length;
    expect(after).toBe(before);
  });
});
