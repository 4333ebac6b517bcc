import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { readSettings, SettingsError, settingsSchema, unknownSettings } from '../../sandbox/settings.js';
import { startSandbox, type RunningSandbox } from '../support/upstream/sandbox.js';
import { codes, READ_ONLY, SandboxClient, SEEDED_ZONE } from './sandbox-client.js';

let sandbox: RunningSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(async () => {
  await sandbox.reset();
  client = new SandboxClient(sandbox.url, SEEDED_ZONE);
});
afterAll(() => sandbox.close());

const setTo = (enabled: boolean) => client.put('/settings', { enabled });
const isEnabled = async () => {
  const { result } = (await client.get<{ enabled: boolean }>('/settings')).body;
  return result.enabled;
};
const until = async (met: () => Promise<boolean>) => {
  while (!(await met())) await new Promise((resolve) => setImmediate(resolve));
};

describe('Counts of calls', () => {
  it('The sandbox counts calls by operation, refused ones included, and no controls', async () => {
    await client.get('/settings');
    await client.send({ path: '/settings', headers: {} });
    await client.get('/not-an-id');
    await client.get('/hostnames/certificates/no/such/route');
    expect(await sandbox.calls()).toEqual({ 'settings.get': 2, 'zone_certificate.get': 1, unrouted: 1 });
    await sandbox.reset();
    expect(await sandbox.calls()).toEqual({});
  });
});

describe('Reset', () => {
  it('A reset restores the seeded zone and removes faults', async () => {
    await setTo(false);
    await sandbox.faults({ rules: [{ action: { status: 500 } }] });
    await sandbox.reset();
    expect(await isEnabled()).toBe(true);
  });
});

describe('Concurrent writes', () => {
  it('A write is refused with 409 while another write in its zone is in progress', async () => {
    await sandbox.faults({ rules: [{ operation: 'settings.update', count: 1, action: { hang: 'before' } }] });
    const abort = new AbortController();
    const url = `${sandbox.url}/zones/${SEEDED_ZONE}/origin_tls_client_auth/settings`;
    const headers = { authorization: 'Bearer sandbox-token-read-write' };
    const hanging = fetch(url, { method: 'PUT', headers, body: '{"enabled":false}', signal: abort.signal });
    hanging.catch(() => undefined);
    await until(async () => (await sandbox.calls())['settings.update'] === 1);

    expect((await setTo(false)).status).toBe(409);
    expect(await isEnabled()).toBe(true);
    const elsewhere = new SandboxClient(sandbox.url);
    expect((await elsewhere.put('/settings', { enabled: true })).status).toBe(200);

    abort.abort();
    await until(async () => (await setTo(false)).status === 200);
  });

  it('A write is refused with 409 also during injected latency', async () => {
    await sandbox.faults({ latencyMs: 50 });
    const statuses = await Promise.all([setTo(true), setTo(true), setTo(true)]);
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });
});

describe('Faults', () => {
  type Rule = NonNullable<FaultsInput['rules']>[number];
  const rule = (action: Rule['action']): Rule => ({ operation: 'settings.update', count: 1, action });

  it('A fault answers in place of the operation as often as its count, and commits nothing', async () => {
    const headers = { 'retry-after': '7' };
    await sandbox.faults({
      rules: [{ ...rule({ status: 503, headers, text: '<html>', contentType: 'text/html' }), count: 2 }],
    });
    const url = `${sandbox.url}/zones/${SEEDED_ZONE}/origin_tls_client_auth/settings`;
    for (let n = 0; n < 2; n += 1) {
      const response = await fetch(url, {
        method: 'PUT',
        headers: { authorization: 'Bearer sandbox-token-read-write' },
        body: '{"enabled":false}',
      });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(response.headers.get('content-type')).toBe('text/html');
      expect(response.headers.get('x-sandbox')).toBe('not Cloudflare');
      expect(await response.text()).toBe('<html>');
    }
    expect(await isEnabled()).toBe(true);
    expect((await setTo(false)).status).toBe(200);
  });

  it('A fault answers any JSON body, and an envelope where only a status is given', async () => {
    await sandbox.faults({ rules: [rule({ status: 200, body: 'bare' }), rule({ status: 500 })] });
    expect((await setTo(false)).body).toBe('bare');
    expect(await setTo(false)).toMatchObject({ status: 500, body: { success: false, result: null } });
  });

  it('A fault applies to its operation, zone or token only', async () => {
    await sandbox.faults({
      rules: [
        { operation: 'settings.get', action: { status: 500 } },
        { zone: 'f'.repeat(32), action: { status: 501 } },
        { token: 'sandbox-token-read-only', action: { status: 502 } },
      ],
    });
    expect((await client.get('/settings')).status).toBe(500);
    expect((await client.get('')).status).toBe(200);
    expect((await client.send({ headers: READ_ONLY })).status).toBe(502);
  });

  it.each([
    ['before', true],
    ['after', false],
  ] as const)('A fault drops the connection %s the change is committed', async (drop, enabled) => {
    await sandbox.faults({ rules: [rule({ drop })] });
    await expect(setTo(false)).rejects.toThrow('fetch failed');
    expect(await isEnabled()).toBe(enabled);
  });

  it('A fault leaves a call unanswered after its change is committed', async () => {
    await sandbox.faults({ rules: [rule({ hang: 'after' })] });
    setTo(false).catch(() => undefined);
    await until(async () => !(await isEnabled()));
    await sandbox.close();
    sandbox = await startSandbox();
  });

  it('A fault delays a call before or after its change is committed', async () => {
    await sandbox.faults({ rules: [rule({ delayMs: 30 }), rule({ delayMs: 60, when: 'after' })] });
    const startedAt = performance.now();
    let answered = false;
    const write = setTo(false).then(() => (answered = true));
    await until(async () => !(await isEnabled()));
    expect(answered).toBe(false);
    await write;
    expect(performance.now() - startedAt).toBeGreaterThan(85);
  });

  it('A fault adds members to the envelope, and to the result or each of its items', async () => {
    await sandbox.faults({
      rules: [{ action: { mergeBody: { extra: 1 }, mergeResult: { novel: [true] } } }],
    });
    const settings = await client.get('/settings');
    expect(settings.body).toMatchObject({
      extra: 1,
      success: true,
      result: { enabled: true, novel: [true] },
    });
    const list = await client.get<object[]>('');
    expect(list.body.result.every((item) => 'novel' in item && 'certificate' in item)).toBe(true);
  });

  it('A fault refuses a token like a revoked one', async () => {
    const action = { refuseToken: true as const };
    await sandbox.faults({ rules: [{ token: 'sandbox-token-read-only', action }] });
    const answer = await client.send({ headers: READ_ONLY });
    expect(answer.status).toBe(403);
    expect(codes(answer)).toEqual([10000]);
    expect((await client.get('')).status).toBe(200);
  });

  it('An invalid fault is refused by the name of its member, and earlier faults stay', async () => {
    await sandbox.faults({ rules: [{ action: { status: 500 } }] });
    const post = (body: string) =>
      fetch(new URL('/__sandbox/faults', sandbox.url), { method: 'POST', body }).then(async (response) => ({
        status: response.status,
        text: await response.text(),
      }));
    const cases = [
      ['{"rules":[{"action":{"status":999}}]}', 'rules[0].action.status'],
      ['{"rules":[{"action":{"drop":"soon"}}]}', 'rules[0].action.drop'],
      ['{"rules":[{"action":{"explode":true}}]}', 'must have one of status, drop'],
      ['{"rules":[{"operation":"zone.explode","action":{"status":500}}]}', 'rules[0].operation'],
      ['{"rule":[]}', 'rule'],
      ['{', 'JSON'],
    ];
    for (const [body = '', named = ''] of cases) {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain(named);
    }
    expect((await client.get('')).status).toBe(500);
  });
});

describe('The rate limit', () => {
  let limited: RunningSandbox;
  beforeAll(async () => {
    limited = await startSandbox({ rateLimit: 3 });
  });
  afterAll(() => limited.close());

  it('The limit counts down in headers, then refuses each call of a user for five minutes', async () => {
    const mine = new SandboxClient(limited.url);
    for (const left of [2, 1, 0]) {
      const { headers } = await mine.get('/settings');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${left};t=(299|300)$`));
      expect(headers.get('ratelimit-policy')).toBe('"default";q=3;w=300');
      expect(headers.get('retry-after')).toBeNull();
    }
    const refused = await mine.get('/settings');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(298);
    expect((await mine.get('/no/such/route')).status).toBe(429);
    expect((await mine.send({ headers: READ_ONLY })).status).toBe(200);

    await limited.advance(4 * 60 * 1000);
    expect((await mine.get('/settings')).status).toBe(429);
    await limited.advance(60 * 1000);
    expect((await mine.get('/settings')).status).toBe(200);
  });

  it('The default rate limit shows in the headers', async () => {
    const { headers } = await client.get('/settings');
    expect(headers.get('ratelimit-policy')).toBe('"default";q=1200;w=300');
  });
});

describe('SANDBOX_ANY_ZONE', () => {
  it('Each zone exists and is empty with the setting anyZone', async () => {
    const open = await startSandbox({ anyZone: true });
    try {
      const answer = await new SandboxClient(open.url, 'f'.repeat(32)).get('/settings');
      expect(answer.body.result).toEqual({ enabled: false });
    } finally {
      await open.close();
    }
  });
});

describe('Settings of the sandbox', () => {
  it('Settings have the documented defaults, for empty variables too', () => {
    expect(readSettings({ SANDBOX_PORT: '' })).toEqual({
      host: '127.0.0.1',
      port: 4010,
      latencyMs: 0,
      deployMs: 1_000,
      deleteMs: 3_000,
      voidMs: 3_000,
      rateLimit: 1_200,
      listAssociations: true,
      anyZone: false,
    });
  });

  it('Invalid settings are refused by name, one line each', () => {
    const read = () => readSettings({ SANDBOX_PORT: '65536', SANDBOX_LIST_ASSOCIATIONS: 'no' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      'SANDBOX_PORT must be a whole number from 0 to 65535\nSANDBOX_LIST_ASSOCIATIONS must be on or off',
    );
  });

  it('.env.example has each setting with its default', () => {
    const example = Object.fromEntries(
      readFileSync('.env.example', 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('SANDBOX_'))
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    expect(Object.keys(example).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
    expect(readSettings(example)).toEqual(readSettings({}));
  });

  it.each([
    ['"4010"', 'SANDBOX_PORT has a quote at its beginning or end: remove it'],
    ["4010'", 'SANDBOX_PORT has a quote at its beginning or end: remove it'],
    ['40\u200B10', 'SANDBOX_PORT holds a character that is not shown: remove it'],
    ['4 010', 'SANDBOX_PORT must be a whole number from 0 to 65535'],
  ])('The value %j of SANDBOX_PORT is refused with its problem', (text, problem) => {
    expect(() => readSettings({ SANDBOX_PORT: text })).toThrow(problem);
  });

  it('Unknown settings are reported, and variables of other programs are not', () => {
    const others = {
      SANDBOX_PORT_4010_TCP: 'x',
      SANDBOX_SERVICE_HOST: 'x',
      SANDBOX_NAME: 'x',
      SANDBOX_PORT: '1',
    };
    expect(unknownSettings(others)).toEqual([]);
    expect(unknownSettings({ SANDBOX_DEPLOY: '1', SANDBOX_ANYZONE: '1', PORT: '1' })).toHaveLength(2);
  });
});
