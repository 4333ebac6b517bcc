import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { AuditLog } from '../../src/gateway/audit/log/audit-log.js';
import { TokenIds } from '../../src/gateway/audit/log/token-ids.js';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { credentialFrom } from '../../src/gateway/access/credential-from.js';
import { HttpClient } from '../../src/gateway/access/http-client.js';
import { Change } from '../../src/gateway/request/change.js';
import { RequestContext } from '../../src/gateway/request/request-context.js';
import {
  allOf,
  type AuditBench,
  auditBenches,
  eventOf,
  someAuditKeys,
} from '../support/audit/audit-stores.js';
import { bearer, seededZone } from '../support/http/requests.js';

const operation = operations['settings.update'];
const call = { operation, params: { zone_id: seededZone }, body: { enabled: true } };

describe.each(auditBenches)('Changes with an operation id that is used already, audit log %s', (_, start) => {
  let bench: AuditBench;
  beforeAll(async () => void (bench = await start()), 120_000);
  afterAll(() => bench?.close());

  it('A change is refused before it is sent, and leaves no record', async () => {
    const place = await bench.place();
    const keys = someAuditKeys();
    const store = await place.store();
    const writer = new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined });
    await writer.start();
    const log = new AuditLog(store, writer, keys, new TokenIds());
    const ctx = new RequestContext('request', new HttpClient(bearer));
    const operationId = randomUUIDv7();
    const credential = credentialFrom(bearer);

    const first = await log.intend(ctx, new Change(operation).begin(call, operationId, credential), null);
    const second = log.intend(ctx, new Change(operation).begin(call, operationId, credential), null);

    await expect(second).rejects.toMatchObject({ kind: 'audit_unavailable', details: { retry: false } });
    await expect(second).rejects.toThrow(
      `The audit log already has a change with the operation id ${operationId}, so nothing was sent.`,
    );
    await log.takeBack(first, 'cache_fence_unavailable');
    const stages = (await allOf(place.archive())).map(eventOf).map(({ stage }) => stage);
    expect(stages).toEqual(['writer', 'intent', 'not_sent']);
    await log.onApplicationShutdown();
    await place.remove();
  });
});
