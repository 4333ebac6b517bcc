import { describe, expect, it } from '@jest/globals';
import { admission, admissionTo, ask, mutate } from '../support/graphql/graphql.js';
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

describe('The read before a change', () => {
  it.each(mutationNames)(
    '%s is sent after a read, and the next change that needs the same permission without one',
    async (name) => {
      const stage = await aStage();
      const next = name === 'updateGlobalLevel' ? name : 'updateZoneSettings';
      await payloadOf(stage, name, await inputs[name]());
      await payloadOf(stage, next, inputs[next]() as Input);

      const calls = await stage.sandbox.calls();
      const operation = operationOf[name];
      expect(calls).toMatchObject({ ...admissionTo(operation), [operation]: expect.any(Number) });
      expect(stage.recorder.exchanges.map(({ method }) => method === 'GET')).toEqual([true, false, false]);
    },
  );

  it('A query of the zone is a sufficient read before a change', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { certificates { id: cloudflareId } } }`);
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toEqual({ 'zone_certificate.list': 1, 'settings.update': 1 });
  });

  it('A read of another zone or with another credential is not sufficient before a change', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${emptyZone}") { certificates { id: cloudflareId } } }`);
    const other = { authorization: 'Bearer sandbox-token-read-write-abc' };
    await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { certificates { id: cloudflareId } } }`,
      {},
      other,
    );
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toMatchObject({ ...admission, 'settings.update': 1 });
  });

  it.each(mutationNames)(
    '%s with an unknown token fails at the read before it, and is not sent',
    async (name) => {
      const stage = await aStage();
      const stranger = { authorization: 'Bearer made-up' };
      const { status, payload, errors } = await mutate(stage.gateway, name, await inputs[name](), stranger);

      expect({ status, errors }).toEqual({ status: 200, errors: [] });
      expect(payload?.userErrors).toMatchObject([{ code: 'PERMISSION_MISSING', upstreamCode: 10000 }]);
      expect(await stage.sandbox.calls()).toEqual(admissionTo(operationOf[name]));
    },
  );

  it.each([
    ['fails', { status: 500 }, { code: 'UPSTREAM_FAILED', upstreamStatus: 500 }],
    ['limits the rate', { status: 429 }, { code: 'RATE_LIMITED', upstreamStatus: 429 }],
    ['hangs up', { drop: 'before' }, { code: 'UPSTREAM_UNREACHABLE' }],
    ['answers a page of HTML', { status: 502, text: '<html>' }, { code: 'UPSTREAM_FAILED' }],
  ] as const)(
    'A change is not sent if Cloudflare %s at the read before it',
    async (_, action, extensions) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action }] });

      const { data, errors } = await mutate(stage.gateway, 'updateZoneSettings', {
        zoneId: seededZone,
        enabled: false,
      });

      expect(data).toBeNull();
      expect(errors).toMatchObject([{ path: ['updateZoneSettings'], extensions }]);
      // A read may be repeated. The change after it is not sent.
      expect(Object.keys(await stage.sandbox.calls())).toEqual(['settings.get']);
    },
  );
});

describe('Errors of mutations', () => {
  it.each(mutationNames)(
    '%s with a token that may only read answers with PERMISSION_MISSING',
    async (name) => {
      const stage = await aStage();
      const readOnly = { authorization: `Bearer sandbox-token-read-only-${name.toLowerCase()}` };
      const { status, payload, errors } = await mutate(stage.gateway, name, await inputs[name](), readOnly);

      expect({ status, errors }).toEqual({ status: 200, errors: [] });
      const isGlobalLevel = name === 'updateGlobalLevel';
      const permission = isGlobalLevel ? 'Zone Settings Write' : 'SSL and Certificates Write';
      expect(payload?.userErrors).toMatchObject([
        {
          code: 'PERMISSION_MISSING',
          message: expect.stringContaining(` ${permission}.`),
          upstreamCode: isGlobalLevel ? 9109 : 10000,
        },
      ]);
      const operation = operationOf[name];
      expect(await stage.sandbox.calls()).toEqual({ ...admissionTo(operation), [operation]: 1 });
    },
  );

  it.each(mutationNames)(
    '%s without credentials fails with UNAUTHENTICATED, and is not sent',
    async (name) => {
      const stage = await aStage();
      const { data, errors } = await mutate(stage.gateway, name, await inputs[name](), {});

      expect(data).toBeNull();
      expect(errors).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
      await expectNothingSent(stage);
    },
  );

  it.each(mutationNames)('%s fails with UPSTREAM_FAILED if Cloudflare answers 500', async (name) => {
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
    '%s fails with OUTCOME_UNKNOWN, which names the operation, if its answer is lost',
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
      const operation = operationOf[name];
      expect(await stage.sandbox.calls()).toEqual({ ...admissionTo(operation), [operation]: 1 });
    },
  );

  it.each(mutationNames)('%s fails with RATE_LIMITED if Cloudflare answers 429', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 429, headers: { 'retry-after': '30' } });
    const { data, errors } = await mutate(stage.gateway, name, await inputs[name]());

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: [name], extensions: { code: 'RATE_LIMITED', upstreamStatus: 429 } },
    ]);
  });

  it('A change that Cloudflare refuses without an error code fails with REJECTED', async () => {
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
    '%s that Cloudflare answers with result null does not fail with INTERNAL',
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
