import { describe, expect, it } from '@jest/globals';
import { admission, ask, mutate } from '../support/graphql/graphql.js';
import { emptyZone, seededZone } from '../support/http/requests.js';
import { sharedStage } from '../support/gateway/stage.js';
import {
  type Input,
  inputs,
  mutationNames,
  operationOf,
  payloadOf,
  expectNothingSent,
  underFault,
} from '../support/graphql/mutations.js';

const aStage = sharedStage();

describe('Before a change Cloudflare has accepted the credential for a read of the zone', () => {
  it.each(mutationNames)('%s asks for that once, and for the next change not again', async (name) => {
    const stage = await aStage();
    await payloadOf(stage, name, await inputs[name]());
    await payloadOf(stage, 'updateZoneSettings', inputs.updateZoneSettings() as Input);

    const calls = await stage.sandbox.calls();
    expect(calls).toMatchObject({ ...admission, [operationOf[name]]: expect.any(Number) });
    expect(stage.recorder.exchanges.map(({ method }) => method === 'GET')).toEqual([true, false, false]);
  });

  it('a read that went before is enough', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { certificates { id } } }`);
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toEqual({ 'zone_certificate.list': 1, 'settings.update': 1 });
  });

  it('not one of another zone, nor with another credential', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${emptyZone}") { certificates { id } } }`);
    const other = { authorization: 'Bearer sandbox-token-read-write-abc' };
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { certificates { id } } }`, {}, other);
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toMatchObject({ ...admission, 'settings.update': 1 });
  });

  it.each(mutationNames)(
    '%s with a token that nobody knows is refused by that, and not sent',
    async (name) => {
      const stage = await aStage();
      const stranger = { authorization: 'Bearer made-up' };
      const { status, data, errors } = await mutate(stage.gateway, name, await inputs[name](), stranger);

      expect({ status, data }).toEqual({ status: 200, data: null });
      expect(errors).toMatchObject([{ path: [name], extensions: { code: expect.any(String) } }]);
      expect(['FORBIDDEN', 'UNAUTHENTICATED']).toContain(errors[0]?.extensions.code);
      expect(await stage.sandbox.calls()).toEqual(admission);
    },
  );

  it.each([
    ['fails', { status: 500 }, { code: 'UPSTREAM_FAILED', upstreamStatus: 500 }],
    ['limits the rate', { status: 429 }, { code: 'RATE_LIMITED', upstreamStatus: 429 }],
    ['hangs up', { drop: 'before' }, { code: 'UPSTREAM_UNREACHABLE' }],
    ['answers a page of HTML', { status: 502, text: '<html>' }, { code: 'UPSTREAM_FAILED' }],
  ] as const)(
    'where Cloudflare %s instead, nothing is sent, and it says so',
    async (_, action, extensions) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action }] });

      const { data, errors } = await mutate(stage.gateway, 'updateZoneSettings', {
        zoneId: seededZone,
        enabled: false,
      });

      expect(data).toBeNull();
      expect(errors).toMatchObject([{ path: ['updateZoneSettings'], extensions }]);
      // A read may be tried again; the change it stands before is not even tried.
      expect(Object.keys(await stage.sandbox.calls())).toEqual(['settings.get']);
    },
  );
});

describe("What is nobody's input is an error of the operation", () => {
  it.each(mutationNames)('%s with a token that may only read is FORBIDDEN', async (name) => {
    const stage = await aStage();
    const readOnly = { authorization: `Bearer sandbox-token-read-only-${name.toLowerCase()}` };
    const { status, data, errors } = await mutate(stage.gateway, name, await inputs[name](), readOnly);

    expect({ status, data }).toEqual({ status: 200, data: null });
    expect(errors).toMatchObject([
      { path: [name], extensions: { code: 'FORBIDDEN', upstreamStatus: 403, upstreamCodes: [10000] } },
    ]);
    expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
  });

  it.each(mutationNames)('%s without credentials is UNAUTHENTICATED, and nothing is sent', async (name) => {
    const stage = await aStage();
    const { data, errors } = await mutate(stage.gateway, name, await inputs[name](), {});

    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
    await expectNothingSent(stage);
  });

  it.each(mutationNames)('%s that Cloudflare fails at is UPSTREAM_FAILED', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 500 });
    const { data, errors, headers } = await mutate(stage.gateway, name, await inputs[name]());

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        path: [name],
        extensions: {
          code: 'UPSTREAM_FAILED',
          upstreamStatus: 500,
          upstreamCodes: [1000],
          requestId: headers['x-request-id'],
        },
      },
    ]);
  });

  it.each(mutationNames)(
    '%s that may have been made is OUTCOME_UNKNOWN, and names its operation',
    async (name) => {
      const stage = await aStage();
      await underFault(stage, name, { drop: 'after' });
      const { data, errors } = await mutate(stage.gateway, name, await inputs[name]());

      expect(data).toBeNull();
      expect(errors).toMatchObject([
        {
          path: [name],
          message: expect.stringMatching(
            /Look at the zone before sending it again\. Operation [0-9a-f]{8}-[0-9a-f-]{27}\.$/,
          ),
          extensions: { code: 'OUTCOME_UNKNOWN', requestId: expect.any(String) },
        },
      ]);
      expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
    },
  );

  it.each(mutationNames)('%s beyond the rate limit is RATE_LIMITED', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 429, headers: { 'retry-after': '30' } });
    const { data, errors } = await mutate(stage.gateway, name, await inputs[name]());

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: [name], extensions: { code: 'RATE_LIMITED', upstreamStatus: 429 } },
    ]);
  });

  it('a refusal without a reason is one too', async () => {
    const stage = await aStage();
    await underFault(stage, 'updateZoneSettings', { status: 400, body: { success: false } });
    const { errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: true,
    });
    expect(errors).toMatchObject([
      { extensions: { code: 'REJECTED', upstreamStatus: 400, upstreamCodes: [] } },
    ]);
  });

  it.each(mutationNames)(
    '%s that Cloudflare answers with nothing of use is never an error of the gateway',
    async (name) => {
      const stage = await aStage();
      await underFault(stage, name, { status: 200, body: { success: true, result: null } });
      const { status, errors, payload } = await mutate(stage.gateway, name, await inputs[name]());

      expect(status).toBe(200);
      expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
      expect(payload?.userErrors ?? []).toEqual([]);
    },
  );
});
