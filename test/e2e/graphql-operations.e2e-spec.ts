import { describe, expect, it } from '@jest/globals';
import {
  admissionTo,
  ask,
  mutationOf,
  type MutationName,
  type UserErrorShown,
} from '../support/graphql/graphql.js';
import { envelopeOf } from '../support/http/http.js';
import { operationNames, seededZone, zoneCertificate } from '../support/http/requests.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import {
  type Fields,
  type Way,
  certificateFields,
  successes,
  refusals,
} from '../support/graphql/operation-cases.js';

interface Outcome {
  readonly result?: unknown;
  readonly status?: number;
  readonly codes?: readonly number[];
  readonly graphql?: string;
  readonly cfRay?: string | null;
  readonly requestId?: unknown;
  readonly requestIdSent?: unknown;
}

const nextStage = sharedStage();

type Face = (stage: Stage, way: Way) => Promise<Outcome>;

const overRest: Face = async (stage, { method, path, body }) => {
  const reply = await stage.ask(method, path, { body });
  const { success, errors, result } = envelopeOf(reply);
  if (success) return { result: asGraphQL(result) };
  return {
    status: reply.status,
    codes: errors.map(({ code }) => code),
    cfRay: reply.headers['cf-ray']?.toString() ?? null,
    requestId: reply.headers['x-request-id'],
    requestIdSent: reply.headers['x-request-id'],
  };
};

const overGraphQL: Face = async (stage, { selection, variables, path }) => {
  const zone = /zones\/(\w+)\//.exec(path)?.[1] ?? '';
  const query = variables
    ? mutationWith(selection as MutationName)
    : `{ zone(id: "${zone}") { ${selection} } }`;
  const { data, errors, headers } = await ask<Readonly<Record<string, Fields | null>>>(
    stage.gateway,
    query,
    variables && { input: variables },
  );
  const [error] = errors;
  if (error) {
    const { code, upstreamStatus, upstreamCodes, cfRay, requestId } = error.extensions;
    return {
      graphql: code,
      status: upstreamStatus as number,
      codes: upstreamCodes as number[],
      cfRay: cfRay as string | null,
      requestId,
      requestIdSent: headers['x-request-id'],
    };
  }
  const [answer = null] = Object.values(data ?? {});
  const { userErrors = [], ...result } = (answer ?? {}) as Fields & { userErrors?: UserErrorShown[] };
  const [refusal] = userErrors;
  if (refusal)
    return { graphql: refusal.code, codes: userErrors.map(({ upstreamCode }) => upstreamCode ?? 0) };
  const [shown] = Object.values(result);
  return { result: (shown as { nodes?: unknown } | null)?.nodes ?? shown };
};

/** The mutation with the fields that REST also has. */
function mutationWith(name: MutationName): string {
  return mutationOf(name).replaceAll(' fingerprintSha256', '').replace(' warnings { code message }', '');
}

/** A result of Cloudflare as GraphQL has it: names in camelCase, statuses in capitals, a certificate as one object. */
function asGraphQL(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(asGraphQL);
  const fields = Object.fromEntries(
    Object.entries(result as Fields).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      /status$/.test(name) ? String(value).toUpperCase() : value,
    ]),
  );
  if ('value' in fields) return { enabled: fields['value'] === 'on', missingPermission: null };
  if (!('hostname' in fields)) {
    // The list of hostname certificates has the id under both names.
    delete fields['certId'];
    return fields;
  }
  const { hostname, enabled, status, createdAt, updatedAt, certId, ...details } = fields;
  const { certStatus, certUploadedOn, ...ofTheCertificate } = details;
  delete ofTheCertificate['certUpdatedAt'];
  const whole = { ...ofTheCertificate, id: certId, status: certStatus, uploadedOn: certUploadedOn };
  return {
    name: hostname,
    enabled,
    status,
    createdAt,
    updatedAt,
    certificate: 'certificate' in details ? whole : { id: certId },
  };
}

describe.each([
  ['REST', overRest],
  ['GraphQL', overGraphQL],
] as const)('Operations over %s', (face, over) => {
  it.each(operationNames)(
    `%s over ${face} answers with the result of Cloudflare, and makes one call`,
    async (name) => {
      const stage = await nextStage();
      const { expected, ...way } = await successes[name]();

      const { result } = await over(stage, way);

      expect(result).toEqual(expected);
      const before = way.method === 'GET' ? {} : admissionTo(name);
      expect(await stage.sandbox.calls()).toEqual({ ...before, [name]: 1 });
    },
  );

  it.each(operationNames)(`%s over ${face} that Cloudflare refuses answers with its codes`, async (name) => {
    const stage = await nextStage();
    const { prepare, status, code, graphql, ...way } = await refusals[name]();
    await prepare?.(stage);
    const before = await stage.sandbox.calls();

    const outcome = await over(stage, way);

    const calls = await stage.sandbox.calls();
    expect((calls[name] ?? 0) - (before[name] ?? 0)).toBe(1);
    const { answer } = stage.recorder.exchanges.find((each) => (each.answer?.status ?? 0) >= 400) ?? {};
    expect(answer?.status).toBe(status);
    if (face === 'GraphQL' && graphql === null) return expect(outcome).toEqual({ result: null });
    expect(outcome.codes).toEqual([code]);
    if (face === 'GraphQL') expect(outcome.graphql).toBe(graphql);
    // A user error has only the code of Cloudflare.
    const isUserError = face === 'GraphQL' && 'variables' in way;
    if (isUserError) return;
    expect(outcome).toMatchObject({
      status,
      cfRay: answer?.headers['cf-ray'] ?? null,
      requestId: outcome.requestIdSent,
    });
    expect(outcome.requestIdSent).toEqual(expect.any(String));
  });
});

describe('Certificates over GraphQL', () => {
  it('A certificate that Cloudflare sends without some members has null for them', async () => {
    const stage = await nextStage();
    const body = {
      success: true,
      errors: [],
      messages: [],
      result: [{ id: zoneCertificate, status: 'odd' }],
    };
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { status: 200, body } }],
    });
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { certificates { ${certificateFields} fingerprintSha256 } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      zone: {
        certificates: [
          {
            id: zoneCertificate,
            status: 'UNKNOWN',
            certificate: null,
            issuer: null,
            serialNumber: null,
            signature: null,
            uploadedOn: null,
            expiresOn: null,
            fingerprintSha256: null,
          },
        ],
      },
    });
  });

  it('A certificate that cannot be parsed has a null fingerprint', async () => {
    const stage = await nextStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { mergeResult: { certificate: 'none' } } }],
    });
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { certificates { fingerprintSha256 } } }`,
    );
    expect(errors).toEqual([]);
    const unknown = { fingerprintSha256: null };
    expect(data).toEqual({ zone: { certificates: [unknown, unknown, unknown] } });
  });

  it.each(['yesterday', '', '2026-01-01'])(
    'A date that is invalid, %j, is null without an error',
    async (expiresOn) => {
      const stage = await nextStage();
      await stage.sandbox.faults({
        rules: [{ operation: 'zone_certificate.get', action: { mergeResult: { expires_on: expiresOn } } }],
      });
      const { data, errors } = await ask(
        stage.gateway,
        `{ zone(id: "${seededZone}") { certificate(id: "${zoneCertificate}") { id: cloudflareId expiresOn } } }`,
      );
      expect(data).toEqual({ zone: { certificate: { id: zoneCertificate, expiresOn: null } } });
      expect(errors).toEqual([]);
    },
  );

  it.each([
    [
      'A certificate',
      `certificate(id: "${zoneCertificate}") { id: cloudflareId issuer }`,
      'zone_certificate.get',
    ],
    ['A list of certificates', 'certificates { id: cloudflareId issuer }', 'zone_certificate.list'],
  ] as const)('%s without an id is null with the error UPSTREAM_INVALID', async (_, selection, operation) => {
    const stage = await nextStage();
    await stage.sandbox.faults({ rules: [{ operation, action: { mergeResult: { id: null } } }] });
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { ${selection} settings { enabled } } }`,
    );
    expect(data).toMatchObject({ zone: { settings: { enabled: true } } });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } }]);
  });
});
