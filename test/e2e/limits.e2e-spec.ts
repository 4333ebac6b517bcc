import { describe, expect, it } from '@jest/globals';
import { startManagedStage, type ManagedStage } from '../support/access/managed-stage.js';
import { longLifetimes } from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { type GatewayOptions, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { call, type Reply, type ReplyEnvelope } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { startSandbox } from '../support/upstream/sandbox.js';

const settings = pathOf('/settings');
const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;

const managed = (settings: Omit<GatewayOptions, 'upstream'>) => startManagedStage({}, settings);
const as = (stage: ManagedStage, role: keyof ManagedStage['access']['keys']) => ({
  authorization: `Bearer ${stage.access.keys[role]}`,
});
const envelopeOf = ({ body }: Reply) => JSON.parse(body.toString()) as ReplyEnvelope;
const enable = (enabled: boolean) => ({ body: { enabled } });

describe('Calls to Cloudflare per caller', () => {
  it('Over REST answers say what is left, and above the limit a read is refused with 429', async () => {
    await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 2 });
    const headers = as(stage, 'viewer');

    const replies = [];
    for (let time = 0; time < 3; time += 1) replies.push(await stage.ask('GET', settings, { headers }));

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(replies.map((reply) => reply.headers['ratelimit-policy'])).toEqual(
      Array(3).fill('"calls";q=2;w=300'),
    );
    expect(String(replies[0]?.headers['ratelimit'])).toMatch(/^"calls";r=1;t=(?:300|29\d)$/);
    const [, , refused] = replies as [Reply, Reply, Reply];
    const after = String(refused.headers['retry-after']);
    expect(refused.headers).toMatchObject({ ratelimit: `"calls";r=0;t=${after}`, 'x-should-retry': 'true' });
    expect(Number(after)).toBeGreaterThan(280);
    expect(envelopeOf(refused)).toMatchObject({
      success: false,
      errors: [
        { code: 99040, message: expect.stringMatching(/the 2 calls to Cloudflare .*Try again in \d+ s/) },
      ],
    });
    expect(stage.recorder.exchanges.length).toBe(2);
    const metrics = await (await fetch(stage.gateway.metricsUrl)).text();
    expect(metrics).toContain('caller_limit_refusals_total{limit="calls"} 1');
  });

  it('Over GraphQL the field is refused with RATE_LIMITED, and the headers are the same', async () => {
    await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 1 });
    const headers = as(stage, 'viewer');

    const first = await ask(stage.gateway, query, {}, headers);
    const second = await ask(stage.gateway, query, {}, headers);

    expect(first).toMatchObject({ errors: [], headers: { 'ratelimit-policy': '"calls";q=1;w=300' } });
    expect(second.errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } },
    ]);
    expect(second.errors[0]?.extensions).not.toHaveProperty('upstreamStatus');
    expect(second.headers).toMatchObject({ ratelimit: expect.stringMatching(/^"calls";r=0;t=\d+$/) });
    expect(stage.recorder.exchanges.length).toBe(1);
  });

  it('Callers are counted apart, and hits and the verifications of tokens cost nothing', async () => {
    await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 1, ...longLifetimes });

    const asked = [];
    for (const role of ['viewer', 'viewer', 'viewer', 'operator'] as const)
      asked.push(await stage.ask('GET', settings, { headers: as(stage, role) }));
    const other = await stage.ask('GET', pathOf('/hostnames'), { headers: as(stage, 'viewer') });
    const otherCaller = await stage.ask('GET', pathOf('/hostnames'), { headers: as(stage, 'operator') });

    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(asked.slice(1).map((reply) => reply.headers['ratelimit'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([other.status, otherCaller.status]).toEqual([429, 200]);
  });

  it.each<[string, (stage: ManagedStage) => Promise<unknown>]>([
    [
      'REST',
      async (stage) => {
        const { status, body } = await stage.ask('PUT', settings, {
          headers: as(stage, 'admin'),
          ...enable(true),
        });
        return { status, text: body.toString() };
      },
    ],
    [
      'GraphQL',
      async (stage) => {
        const { errors } = await ask(
          stage.gateway,
          `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: true }) { settings { enabled } } }`,
          {},
          as(stage, 'admin'),
        );
        return { status: errors[0]?.extensions.code, text: errors[0]?.message };
      },
    ],
  ])(
    'A change over %s is refused before it is recorded or sent, and leaves a denied record',
    async (_, change) => {
      await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 1 });
      await stage.ask('GET', settings, { headers: as(stage, 'admin') });
      stage.recorder.forget();

      const refused = await change(stage);

      expect(refused).toMatchObject({ text: expect.stringContaining('Nothing was changed.') });
      expect([429, 'RATE_LIMITED']).toContain((refused as { status: unknown }).status);
      expect(stage.recorder.exchanges).toEqual([]);
      const stages = await eventually(async () => {
        const url = `${stage.gateway.url}/audit/events?zone=${seededZone}`;
        const { result } = envelopeOf(await call(url, 'GET', { headers: as(stage, 'auditor') }));
        const events = result as { stage: string; result?: { reason?: string } }[];
        return events.length > 0 ? events.map((event) => [event.stage, event.result?.reason]) : undefined;
      });
      expect(stages).toEqual([['denied', 'rate_limited']]);
    },
  );

  it('A change that is made is one call', async () => {
    await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 2 });
    const headers = as(stage, 'admin');

    const made = await stage.ask('PUT', settings, { headers, ...enable(true) });
    const more = await stage.ask('PUT', settings, { headers, ...enable(false) });
    const above = await stage.ask('PUT', settings, { headers, ...enable(true) });

    expect([made, more, above].map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(String(made.headers['ratelimit'])).toContain('"calls";r=1;');
  });

  it('A read is answered with the last known answer while that is less than a minute old', async () => {
    await using stage = await managed({ CALLER_CALLS_PER_5_MINUTES: 1, CACHE_TTL_ITEM_SECONDS: 1 });
    const headers = as(stage, 'viewer');
    await stage.ask('GET', settings, { headers });

    const stale = await eventually(async () => {
      const reply = await stage.ask('GET', settings, { headers });
      return String(reply.headers['cache-status']).includes('detail=stale-if-error') ? reply : undefined;
    });

    expect(stale).toMatchObject({ status: 200, headers: { ratelimit: expect.stringContaining('r=0;') } });
    expect(stage.recorder.exchanges.length).toBe(1);
  });

  it("Cloudflare's own limit headers are those of the shared token, and are left out", async () => {
    await using stage = await managed({});
    await stage.sandbox.faults({
      rules: [
        {
          operation: 'settings.get',
          count: 1,
          action: { status: 429, headers: { 'retry-after': '7', 'x-ratelimit-remaining': '3' } },
        },
      ],
    });

    const limited = await stage.ask('GET', settings, { headers: as(stage, 'viewer') });

    expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(limited.headers).not.toHaveProperty('x-ratelimit-remaining');
    expect(limited.headers['ratelimit-policy']).toBe('"calls";q=600;w=300');
  });

  it("In pass-through Cloudflare's headers pass, and those of the gateway are on its refusals alone", async () => {
    await using at = await passThrough({ CALLER_CALLS_PER_5_MINUTES: 2, REPLICAS: 2 });
    const first = await at.read();
    const second = await at.read();
    const other = await at.read({ authorization: 'Bearer sandbox-token-read-write-abc' });

    expect(first.headers['ratelimit-policy']).toBe('"default";q=1200;w=300');
    expect(second).toMatchObject({ status: 429, headers: { 'ratelimit-policy': '"calls";q=1;w=300' } });
    expect(other.status).toBe(200);
  });
});

describe('Requests per caller', () => {
  it.each<[string, () => Promise<Flooded>]>([
    ['managed mode', managedFlood],
    ['pass-through', passThroughFlood],
  ])(
    'Above the limit of %s hits are refused over both faces, and health and pages are not',
    async (_, start) => {
      await using at = await start();
      const { url, headers } = at;
      const rest = () => call(`${url}/client/v4${settings}`, 'GET', { headers });
      const graphql = () => ask({ url }, query, {}, headers);
      expect((await rest()).status).toBe(200);

      const replies = await Promise.all(Array.from({ length: 60 }, rest));
      const operations = await Promise.all(Array.from({ length: 60 }, graphql));
      const others = await Promise.all(
        ['/health/ready', '/openapi.json', '/docs', '/'].map((path) => call(url + path, 'GET', { headers })),
      );

      const refused = replies.find(({ status }) => status === 429);
      expect(refused?.headers).toMatchObject({ 'retry-after': '1', 'x-should-retry': 'true' });
      expect(refused && envelopeOf(refused)).toMatchObject({ errors: [{ code: 99040 }] });
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 429]));
      const refusedOperation = operations.find(({ status }) => status === 429);
      expect(refusedOperation).toMatchObject({
        headers: { 'retry-after': '1' },
        errors: [{ extensions: { code: 'RATE_LIMITED', requestId: expect.any(String) } }],
      });
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      await eventually(async () => (await rest()).status === 200 || undefined);
    },
  );
});

interface Flooded extends AsyncDisposable {
  readonly url: string;
  readonly headers: { readonly authorization: string };
}

const flooded = { CALLER_REQUESTS_PER_SECOND: 20, ...longLifetimes };

async function managedFlood(): Promise<Flooded> {
  const stage = await managed(flooded);
  return {
    url: stage.gateway.url,
    headers: as(stage, 'viewer'),
    [Symbol.asyncDispose]: () => Promise.resolve(stage[Symbol.asyncDispose]()),
  };
}

async function passThroughFlood(): Promise<Flooded> {
  const at = await passThrough(flooded);
  return { url: at.url, headers: bearer, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

async function passThrough(settings_: Omit<GatewayOptions, 'upstream'>) {
  const sandbox = await startSandbox({ rateLimit: 1200 });
  const gateway = await startGateway({ upstream: sandbox.url, ...settings_ });
  return {
    url: gateway.url,
    read: (headers: { authorization: string } = bearer) => call(gateway.base + settings, 'GET', { headers }),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await sandbox.close();
    },
  };
}
