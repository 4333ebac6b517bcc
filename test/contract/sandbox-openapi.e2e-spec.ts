import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type RunningSandbox } from '../support/upstream/sandbox.js';
import { GLOBAL_LEVEL, SandboxClient, SEEDED_ZONE, type Exchange } from './sandbox-client.js';
import { defects, Specification } from './sandbox-openapi.js';
import { refusalCases, slow, upload } from './sandbox-refusal-cases.js';

let sandbox: RunningSandbox;
const exchanges: Exchange[] = [];

/** The sandbox gives each of its answers once. The tests then check all exchanges. */
beforeAll(async () => {
  sandbox = await startSandbox({ ...slow, rateLimit: 50 });
  await converse(callEveryOperation);
  for (const each of refusalCases) await converse((client) => each.refuse(client, sandbox));
  await converse(writeTwiceAtOnce);
  await converse(exceedTheRateLimit);
});
afterAll(() => sandbox.close());

async function converse(talk: (client: SandboxClient) => Promise<unknown>): Promise<void> {
  await sandbox.reset();
  const client = new SandboxClient(sandbox.url);
  await talk(client);
  exchanges.push(...client.exchanges);
}

async function callEveryOperation(client: SandboxClient): Promise<void> {
  await client.get('');
  const zone = await upload(client, '');
  const hostname = await upload(client, '/hostnames/certificates');
  await sandbox.advance(slow.deployMs);
  await client.get('');
  await client.get(`/${zone.id}`);
  await client.delete(`/${zone.id}`);
  await client.get('/hostnames/certificates');
  await client.get(`/hostnames/certificates/${hostname.id}`);
  for (const enabled of [true, false, null]) {
    const config = [{ hostname: '*.example.com', cert_id: hostname.id, enabled }];
    await client.put('/hostnames', { config });
    await client.get('/hostnames/*.example.com');
    await client.get('/hostnames?status=active,pending_deployment,pending_deletion&page=1&per_page=1000');
  }
  await client.delete(`/hostnames/certificates/${hostname.id}`);
  await client.put('/settings', { enabled: true });
  await client.get('/settings');
  await client.send({ at: GLOBAL_LEVEL });
  await client.send({ method: 'PATCH', at: GLOBAL_LEVEL, body: { value: 'on' } });
  await client.send({ at: GLOBAL_LEVEL, zone: SEEDED_ZONE });
  for (const path of ['', '/hostnames', '/hostnames/certificates']) {
    await client.send({ path, zone: SEEDED_ZONE });
  }
}

async function writeTwiceAtOnce(client: SandboxClient): Promise<void> {
  await sandbox.faults({ latencyMs: 20 });
  await Promise.all([1, 2].map(() => client.put('/settings', { enabled: true })));
}

async function exceedTheRateLimit(client: SandboxClient): Promise<void> {
  for (let n = 0; n <= 50; n += 1) await client.get('/settings');
}

describe('The sandbox and the OpenAPI document of Cloudflare', () => {
  it('Each operation answers with success as specified', () => {
    const specification = new Specification();
    const answered = new Set(
      exchanges.filter(({ status }) => status === 200).map((each) => specification.check(each).operationId),
    );
    expect([...answered].sort()).toEqual(specification.operationIds.sort());
    expect(specification.operationIds).toHaveLength(15);
  });

  it('Each answer is as specified', () => {
    const specification = new Specification();
    const wrong = exchanges.flatMap((each) =>
      specification.check(each).problems.map((problem) => `${each.method} ${each.url.pathname}: ${problem}`),
    );
    expect(wrong).toEqual([]);
  });

  it('The answers have each status of a refusal', () => {
    const statuses = new Set(exchanges.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 400, 403, 404, 409, 413, 429]);
  });

  // The list must not keep a defect that is fixed upstream, or that the sandbox no longer shows.
  it.each(defects.filter(({ silent }) => !silent).map(({ name }) => name))(
    'Answers do not match the document without the exception for its defect: %s',
    (leaving) => {
      const specification = new Specification({ leaving });
      expect(exchanges.some((each) => specification.check(each).problems.length > 0)).toBe(true);
    },
  );
});
