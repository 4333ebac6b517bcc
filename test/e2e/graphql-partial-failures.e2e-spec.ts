import { describe, expect, it } from '@jest/globals';
import { ask } from '../support/graphql/graphql.js';
import { bearer, seededZone } from '../support/http/requests.js';
import { startStage } from '../support/gateway/stage.js';

const ofTheZone = (selection: string) => `{ zone(id: "${seededZone}") { ${selection} } }`;
const threeFields = 'settings { enabled } certificates { id } hostnameCertificates { id }';

describe('Where one part fails', () => {
  it('the field of a failed call is null and says why, and the rest arrives', async () => {
    await using stage = await startStage();
    await stage.sandbox.faults({
      rules: [
        {
          operation: 'settings.get',
          action: { status: 500, headers: { 'cf-ray': '230b030023ae2822-SJC' } },
        },
      ],
    });

    const { status, data, errors, headers } = await ask(stage.gateway, ofTheZone(`id ${threeFields}`));

    expect(status).toBe(200);
    expect(data).toMatchObject({
      zone: {
        id: seededZone,
        settings: null,
        certificates: expect.any(Array),
        hostnameCertificates: expect.any(Array),
      },
    });
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^Cloudflare answered 500\./),
        path: ['zone', 'settings'],
        locations: expect.any(Array),
        extensions: {
          code: 'UPSTREAM_FAILED',
          upstreamStatus: 500,
          upstreamCodes: [1000],
          cfRay: '230b030023ae2822-SJC',
          requestId: headers['x-request-id'],
        },
      },
    ]);
  });

  it.each([
    ['refuses the token', { refuseToken: true } as const, 'FORBIDDEN', 403],
    ['limits the rate', { status: 429 }, 'RATE_LIMITED', 429],
    ['is not to be found', { status: 404 }, 'NOT_FOUND', 404],
    ['does not know the caller', { status: 401 }, 'UNAUTHENTICATED', 401],
    ['refuses for a reason of its own', { status: 400 }, 'REJECTED', 400],
    ['is down', { status: 503 }, 'UPSTREAM_FAILED', 503],
    ['answers a page of HTML', { status: 502, text: '<html>' }, 'UPSTREAM_FAILED', 502],
    ['answers a page of HTML where it limits', { status: 429, text: '<html>' }, 'RATE_LIMITED', 429],
  ])(
    'because Cloudflare %s, the error has a code of its own and the status',
    async (_, action, code, status) => {
      await using stage = await startStage();
      await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', action }] });

      const { data, errors } = await ask(
        stage.gateway,
        ofTheZone('certificates { id } settings { enabled }'),
      );

      expect(data).toEqual({ zone: { certificates: null, settings: { enabled: true } } });
      expect(errors).toMatchObject([
        {
          path: ['zone', 'certificates'],
          extensions: { code, upstreamStatus: status, requestId: expect.any(String) },
        },
      ]);
    },
  );

  it('because Cloudflare hangs up, the rest arrives', async () => {
    await using stage = await startStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { drop: 'before' } }],
    });

    const { data, errors } = await ask(stage.gateway, ofTheZone('certificates { id } settings { enabled }'));

    expect(data).toEqual({ zone: { certificates: null, settings: { enabled: true } } });
    expect(errors).toMatchObject([
      {
        path: ['zone', 'certificates'],
        extensions: { code: 'UPSTREAM_UNREACHABLE', requestId: expect.any(String) },
      },
    ]);
  });

  it("the status of an answer that is no envelope is told, with Cloudflare's ray", async () => {
    await using stage = await startStage();
    await stage.sandbox.faults({
      rules: [
        {
          operation: 'settings.get',
          action: { status: 502, text: '<html>', headers: { 'cf-ray': '230b030023ae2822-SJC' } },
        },
      ],
    });

    const { errors } = await ask(stage.gateway, ofTheZone('settings { enabled }'));

    expect(errors[0]?.extensions).toMatchObject({
      code: 'UPSTREAM_FAILED',
      upstreamStatus: 502,
      cfRay: '230b030023ae2822-SJC',
    });
  });

  it('a malformed zone nulls only itself', async () => {
    await using stage = await startStage();
    const { status, data, errors } = await ask(
      stage.gateway,
      `{ good: zone(id: "${seededZone}") { settings { enabled } } bad: zone(id: "${seededZone}0") { id } }`,
    );

    expect(status).toBe(200);
    expect(data).toEqual({ good: { settings: { enabled: true } }, bad: null });
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/zone_id must be 32 lower-case/),
        path: ['bad'],
        extensions: { code: 'INVALID_INPUT', requestId: expect.any(String) },
      },
    ]);
  });

  it.each([
    ['certificate(id: "x") { id }', 'certificate'],
    ['hostnameCertificate(id: "x") { id }', 'hostnameCertificate'],
    ['hostname(name: "a..b") { name }', 'hostname'],
    ['hostnames(after: "x") { totalCount }', 'hostnames'],
  ])('a malformed argument nulls only its own field: %s', async (selection, field) => {
    await using stage = await startStage();
    const { data, errors } = await ask(stage.gateway, ofTheZone(`${selection} settings { enabled }`));

    expect(data).toEqual({ zone: { [field]: null, settings: { enabled: true } } });
    expect(errors).toMatchObject([{ path: ['zone', field], extensions: { code: 'INVALID_INPUT' } }]);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });
});

describe('Without credentials', () => {
  it('what needs no call is answered', async () => {
    await using stage = await startStage();
    const { data, errors } = await ask(
      stage.gateway,
      `{ __typename zone(id: "${seededZone}") { id } }`,
      {},
      {},
    );

    expect(errors).toEqual([]);
    expect(data).toEqual({ __typename: 'Query', zone: { id: seededZone } });
  });

  it.each([
    ['missing', {}],
    ['malformed', { authorization: 'Bearer a b' }],
    ['half', { 'x-auth-email': 'user@example.com' }],
  ])('what needs a call fails by itself: %s', async (_, headers) => {
    await using stage = await startStage();
    const { status, data, errors } = await ask(
      stage.gateway,
      ofTheZone('id settings { enabled }'),
      {},
      headers as Record<string, string>,
    );

    expect(status).toBe(200);
    expect(data).toEqual({ zone: { id: seededZone, settings: null } });
    expect(errors).toMatchObject([
      { path: ['zone', 'settings'], extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } },
    ]);
    expect(await stage.sandbox.calls()).toEqual({});
  });
});

describe('An answer over GraphQL', () => {
  it('carries the request id that the caller chose, in its header and in its errors', async () => {
    await using stage = await startStage();
    const { errors, headers } = await ask(
      stage.gateway,
      ofTheZone('hostname(name: "unknown.example.com") { name }'),
      {},
      {
        ...bearer,
        'x-request-id': 'mine-1',
      },
    );

    expect(headers['x-request-id']).toBe('mine-1');
    expect(errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', requestId: 'mine-1' });
  });

  it('says who may keep it, and how', async () => {
    await using stage = await startStage();
    const { headers } = await ask(stage.gateway, ofTheZone('settings { enabled }'));
    expect(headers['cache-control']).toMatch(/no-store|private/);
  });
});
