import { describe, expect, it } from '@jest/globals';
import { ask } from '../support/graphql/graphql.js';
import { bearer, seededZone } from '../support/http/requests.js';
import { sharedStage } from '../support/gateway/stage.js';

const aStage = sharedStage();
const ofTheZone = (selection: string) => `{ zone(id: "${seededZone}") { ${selection} } }`;
const threeFields =
  'settings { enabled } certificates { id: cloudflareId } hostnameCertificates { id: cloudflareId }';

describe('Partial failures', () => {
  it('The field of a failed call is null with an error, and the other fields have data', async () => {
    const stage = await aStage();
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
    ['answers 404', { status: 404 }, 'NOT_FOUND', 404],
    ['answers 401', { status: 401 }, 'UNAUTHENTICATED', 401],
    ['answers 400', { status: 400 }, 'REJECTED', 400],
    ['answers 503', { status: 503 }, 'UPSTREAM_FAILED', 503],
    ['answers a page of HTML', { status: 502, text: '<html>' }, 'UPSTREAM_FAILED', 502],
    ['answers 429 with a page of HTML', { status: 429, text: '<html>' }, 'RATE_LIMITED', 429],
  ])(
    'If Cloudflare %s, the error of the field has a code for it and the status',
    async (_, action, code, status) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', action }] });

      const { data, errors } = await ask(
        stage.gateway,
        ofTheZone('certificates { id: cloudflareId } settings { enabled }'),
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

  it('If Cloudflare closes the connection, the other fields have data', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { drop: 'before' } }],
    });

    const { data, errors } = await ask(
      stage.gateway,
      ofTheZone('certificates { id: cloudflareId } settings { enabled }'),
    );

    expect(data).toEqual({ zone: { certificates: null, settings: { enabled: true } } });
    expect(errors).toMatchObject([
      {
        path: ['zone', 'certificates'],
        extensions: { code: 'UPSTREAM_UNREACHABLE', requestId: expect.any(String) },
      },
    ]);
  });

  it('An error from an answer without an envelope has the status and the cf-ray', async () => {
    const stage = await aStage();
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

  it('A malformed zone id makes only its own field null', async () => {
    const stage = await aStage();
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
    ['certificate(id: "x") { id: cloudflareId }', 'certificate'],
    ['hostnameCertificate(id: "x") { id: cloudflareId }', 'hostnameCertificate'],
    ['hostname(name: "a..b") { name }', 'hostname'],
    ['hostnames(after: "x") { totalCount }', 'hostnames'],
  ])('The malformed argument of %s makes only that field null', async (selection, field) => {
    const stage = await aStage();
    const { data, errors } = await ask(stage.gateway, ofTheZone(`${selection} settings { enabled }`));

    expect(data).toEqual({ zone: { [field]: null, settings: { enabled: true } } });
    expect(errors).toMatchObject([{ path: ['zone', field], extensions: { code: 'INVALID_INPUT' } }]);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });
});

describe('GraphQL without credentials', () => {
  it('A query that needs no call is answered without credentials', async () => {
    const stage = await aStage();
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
    ['incomplete', { 'x-auth-email': 'user@example.com' }],
  ])('A field that needs a call fails with UNAUTHENTICATED if the credential is %s', async (_, headers) => {
    const stage = await aStage();
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

describe('Headers of GraphQL answers', () => {
  it('An answer has the X-Request-Id of the request in its header and in its errors', async () => {
    const stage = await aStage();
    const { errors, headers } = await ask(
      stage.gateway,
      `{ zone(id: "${'a'.repeat(32)}") { settings { enabled } } }`,
      {},
      {
        ...bearer,
        'x-request-id': 'mine-1',
      },
    );

    expect(headers['x-request-id']).toBe('mine-1');
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', requestId: 'mine-1' });
  });

  it('An answer to a GraphQL query has Cache-Control with no-store or private', async () => {
    const stage = await aStage();
    const { headers } = await ask(stage.gateway, ofTheZone('settings { enabled }'));
    expect(headers['cache-control']).toMatch(/no-store|private/);
  });
});
