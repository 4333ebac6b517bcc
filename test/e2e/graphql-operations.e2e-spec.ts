import { describe, expect, it } from '@jest/globals';
import { type OperationName } from '../../sandbox/operation.js';
import { aCertificate, type TestCertificate } from '../support/certificates.js';
import { admission, ask, mutationOf, type MutationName, type UserErrorShown } from '../support/graphql.js';
import { envelopeOf } from '../support/http.js';
import {
  hostnameCertificateInUse,
  operationNames,
  pathOf,
  seededZone,
  zoneCertificate,
} from '../support/requests.js';
import { startStage, type Stage } from '../support/stage.js';

// What REST says in snake_case, GraphQL says in camelCase: each expectation here is one, and is held against both.

type Fields = Readonly<Record<string, unknown>>;

interface Way {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Below `zone`, or the name of a mutation. */
  readonly selection: string;
  readonly variables?: Fields;
}

interface Case extends Way {
  /** The result in GraphQL's words. */
  readonly expected: unknown;
}

interface RefusedCase extends Way {
  readonly status: number;
  readonly code: number;
  /** `extensions.code`, or the code of the user error. */
  readonly graphql: string;
  /** Makes it a refusal. */
  readonly prepare?: (stage: Stage) => Promise<unknown>;
}

interface Outcome {
  readonly result?: unknown;
  readonly status?: number;
  readonly codes?: readonly number[];
  readonly graphql?: string;
  readonly cfRay?: string | null;
  readonly requestId?: unknown;
  readonly requestIdSent?: unknown;
}

const certificateFields = 'id status certificate issuer serialNumber signature uploadedOn expiresOn';
const associationFields = 'name enabled status createdAt updatedAt';
const detachedFields = `${associationFields} certificate { ${certificateFields} }`;

const text = expect.any(String);
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const unknownId = 'f'.repeat(32);
const deletable = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61';

const aCertificateShown = (fields: Fields = {}) => ({
  id: text,
  status: 'ACTIVE',
  certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
  issuer: text,
  serialNumber: expect.stringMatching(/^\d+$/),
  signature: text,
  uploadedOn: instant,
  expiresOn: instant,
  ...fields,
});

const anAssociationShown = (fields: Fields = {}) => ({
  name: text,
  enabled: true,
  status: 'ACTIVE',
  createdAt: instant,
  updatedAt: instant,
  ...fields,
});

const settings = { method: 'GET', path: pathOf('/settings'), selection: 'settings { enabled }' };

function anUpload({ certificate, privateKey }: TestCertificate, path: string, selection: MutationName): Way {
  return {
    method: 'POST',
    path,
    body: { certificate, private_key: privateKey },
    selection,
    variables: { zoneId: seededZone, certificate, privateKey },
  };
}

function aDeletion(path: string, selection: MutationName, id: string, zone = seededZone): Way {
  return {
    method: 'DELETE',
    path: pathOf(`${path}/${id}`, zone),
    selection,
    variables: { zoneId: zone, certificateId: id },
  };
}

function anUpdate(hostname: string, certificateId: string): Way {
  return {
    method: 'PUT',
    path: pathOf('/hostnames'),
    body: { config: [{ hostname, cert_id: certificateId, enabled: true }] },
    selection: 'updateHostnames',
    variables: { zoneId: seededZone, changes: [{ hostname, certificateId, action: 'ENABLE' }] },
  };
}

const certificates = pathOf('/hostnames/certificates');
const zoneUpload = (test: TestCertificate) => anUpload(test, pathOf(''), 'uploadZoneCertificate');
const hostnameUpload = (test: TestCertificate) => anUpload(test, certificates, 'uploadHostnameCertificate');

/** One use of each operation that succeeds. */
const successes: Readonly<Record<OperationName, () => Case | Promise<Case>>> = {
  'zone_certificate.list': () => ({
    method: 'GET',
    path: pathOf(''),
    selection: `certificates { ${certificateFields} }`,
    expected: [
      aCertificateShown({ id: zoneCertificate }),
      aCertificateShown({ status: 'DEPLOYMENT_TIMED_OUT' }),
      aCertificateShown({ status: 'PENDING_DELETION' }),
    ],
  }),
  'zone_certificate.get': () => ({
    method: 'GET',
    path: pathOf(`/${zoneCertificate}`),
    selection: `certificate(id: "${zoneCertificate}") { ${certificateFields} }`,
    expected: aCertificateShown({ id: zoneCertificate, uploadedOn: '2026-01-12T09:30:00.000Z' }),
  }),
  'zone_certificate.upload': async () => {
    const test = await aCertificate();
    return { ...zoneUpload(test), expected: aCertificateShown({ certificate: test.certificate }) };
  },
  'zone_certificate.delete': () => ({
    ...aDeletion('', 'deleteZoneCertificate', zoneCertificate),
    expected: aCertificateShown({ id: zoneCertificate, status: 'DELETED' }),
  }),
  'hostname_certificate.list': () => ({
    method: 'GET',
    path: certificates,
    selection: `hostnameCertificates { ${certificateFields} }`,
    expected: [
      aCertificateShown({ id: hostnameCertificateInUse }),
      aCertificateShown({ id: deletable, status: 'DEPLOYMENT_TIMED_OUT' }),
      aCertificateShown({ status: 'PENDING_DELETION' }),
    ],
  }),
  'hostname_certificate.get': () => ({
    method: 'GET',
    path: `${certificates}/${hostnameCertificateInUse}`,
    selection: `hostnameCertificate(id: "${hostnameCertificateInUse}") { ${certificateFields} }`,
    expected: aCertificateShown({ id: hostnameCertificateInUse }),
  }),
  'hostname_certificate.upload': async () => {
    const test = await aCertificate();
    return { ...hostnameUpload(test), expected: aCertificateShown({ certificate: test.certificate }) };
  },
  'hostname_certificate.delete': () => ({
    ...aDeletion('/hostnames/certificates', 'deleteHostnameCertificate', deletable),
    expected: aCertificateShown({ id: deletable, status: 'DELETED' }),
  }),
  'hostname.list': () => ({
    method: 'GET',
    path: pathOf('/hostnames?status=all'),
    selection: `hostnames { nodes { ${associationFields} certificate { id } } }`,
    expected: [
      anAssociationShown({ name: 'app.example.com', certificate: { id: hostnameCertificateInUse } }),
      anAssociationShown({
        name: 'legacy.example.com',
        enabled: false,
        certificate: { id: hostnameCertificateInUse },
      }),
      anAssociationShown({
        name: 'old.example.com',
        enabled: null,
        status: 'PENDING_DELETION',
        certificate: { id: text },
      }),
    ],
  }),
  'hostname.get': () => ({
    method: 'GET',
    path: pathOf('/hostnames/app.example.com'),
    selection: `hostname(name: "app.example.com") { ${detachedFields} }`,
    expected: anAssociationShown({
      name: 'app.example.com',
      certificate: aCertificateShown({ id: hostnameCertificateInUse }),
    }),
  }),
  'hostname.update': () => ({
    ...anUpdate('new.example.com', hostnameCertificateInUse),
    expected: [
      anAssociationShown({
        name: 'new.example.com',
        certificate: aCertificateShown({ id: hostnameCertificateInUse }),
      }),
    ],
  }),
  'settings.get': () => ({ ...settings, expected: { enabled: true } }),
  'settings.update': () => ({
    method: 'PUT',
    path: pathOf('/settings'),
    body: { enabled: false },
    selection: 'updateZoneSettings',
    variables: { zoneId: seededZone, enabled: false },
    expected: { enabled: false },
  }),
};

const foreign = { status: 403, code: 10000, graphql: 'FORBIDDEN' };

/** One use of each operation that Cloudflare refuses. */
const refusals: Readonly<Record<OperationName, () => RefusedCase | Promise<RefusedCase>>> = {
  'zone_certificate.list': () => ({
    method: 'GET',
    path: pathOf('', unknownId),
    selection: 'certificates { id }',
    ...foreign,
  }),
  'zone_certificate.get': () => ({
    method: 'GET',
    path: pathOf(`/${unknownId}`),
    selection: `certificate(id: "${unknownId}") { id }`,
    status: 404,
    code: 1552,
    graphql: 'NOT_FOUND',
  }),
  'zone_certificate.upload': async () => {
    const way = zoneUpload(await aCertificate());
    const prepare = (stage: Stage) => stage.ask('POST', way.path, { body: way.body });
    return { ...way, prepare, status: 400, code: 1406, graphql: 'CONFLICT' };
  },
  'zone_certificate.delete': () => ({
    ...aDeletion('', 'deleteZoneCertificate', unknownId),
    status: 404,
    code: 1552,
    graphql: 'NOT_FOUND',
  }),
  'hostname_certificate.list': () => ({
    method: 'GET',
    path: pathOf('/hostnames/certificates', unknownId),
    selection: 'hostnameCertificates { id }',
    ...foreign,
  }),
  'hostname_certificate.get': () => ({
    method: 'GET',
    path: `${certificates}/${unknownId}`,
    selection: `hostnameCertificate(id: "${unknownId}") { id }`,
    status: 404,
    code: 1551,
    graphql: 'NOT_FOUND',
  }),
  'hostname_certificate.upload': async () => {
    const way = hostnameUpload(await aCertificate());
    const prepare = (stage: Stage) => stage.ask('POST', way.path, { body: way.body });
    return { ...way, prepare, status: 400, code: 1406, graphql: 'CONFLICT' };
  },
  'hostname_certificate.delete': () => ({
    ...aDeletion('/hostnames/certificates', 'deleteHostnameCertificate', hostnameCertificateInUse),
    status: 400,
    code: 1433,
    graphql: 'CONFLICT',
  }),
  'hostname.list': () => ({
    method: 'GET',
    path: pathOf('/hostnames', unknownId),
    selection: 'hostnames { totalCount }',
    ...foreign,
  }),
  'hostname.get': () => ({
    method: 'GET',
    path: pathOf('/hostnames/unknown.example.com'),
    selection: 'hostname(name: "unknown.example.com") { name }',
    status: 404,
    code: 1553,
    graphql: 'NOT_FOUND',
  }),
  'hostname.update': () => ({
    ...anUpdate('new.example.com', unknownId),
    status: 400,
    code: 1415,
    graphql: 'NOT_FOUND',
  }),
  'settings.get': () => ({ ...settings, path: pathOf('/settings', unknownId), ...foreign }),
  'settings.update': () => ({
    method: 'PUT',
    path: pathOf('/settings'),
    body: { enabled: true },
    selection: 'updateZoneSettings',
    variables: { zoneId: seededZone, enabled: true },
    // In a zone of somebody else's it would not come to a change: what stands before one is refused there.
    prepare: (stage) =>
      stage.sandbox.faults({ rules: [{ operation: 'settings.update', action: { refuseToken: true } }] }),
    ...foreign,
  }),
};

type Face = (stage: Stage, way: Way) => Promise<Outcome>;

const overRest: Face = async (stage, { method, path, body }) => {
  const reply = await stage.ask(method, path, { body });
  const { success, errors, result } = envelopeOf(reply);
  if (success) return { result: inGraphQLsWords(result) };
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

/** With the same fields as REST has, and no more. */
function mutationWith(name: MutationName): string {
  return mutationOf(name).replaceAll(' fingerprintSha256', '').replace(' warnings { code message }', '');
}

/** What Cloudflare answered as GraphQL would say it: names in camelCase, statuses in capitals, a certificate in one piece. */
function inGraphQLsWords(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(inGraphQLsWords);
  const fields = Object.fromEntries(
    Object.entries(result as Fields).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      /status$/.test(name) ? String(value).toUpperCase() : value,
    ]),
  );
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
] as const)('Over %s', (face, over) => {
  it.each(operationNames)('%s answers what Cloudflare has, and calls it once', async (name) => {
    await using stage = await startStage();
    const { expected, ...way } = await successes[name]();

    const { result } = await over(stage, way);

    expect(result).toEqual(expected);
    const before = way.method === 'GET' ? {} : admission;
    expect(await stage.sandbox.calls()).toEqual({ ...before, [name]: 1 });
  });

  it.each(operationNames)('%s that is refused says why, with the codes of Cloudflare', async (name) => {
    await using stage = await startStage();
    const { prepare, status, code, graphql, ...way } = await refusals[name]();
    await prepare?.(stage);
    const before = await stage.sandbox.calls();

    const outcome = await over(stage, way);

    const calls = await stage.sandbox.calls();
    expect((calls[name] ?? 0) - (before[name] ?? 0)).toBe(1);
    const { answer } = stage.recorder.exchanges.find((each) => (each.answer?.status ?? 0) >= 400) ?? {};
    expect(answer?.status).toBe(status);
    expect(outcome.codes).toEqual([code]);
    if (face === 'GraphQL') expect(outcome.graphql).toBe(graphql);
    // An error that the caller can put right has Cloudflare's code, and no need of the rest.
    const isUserError = face === 'GraphQL' && 'variables' in way && status !== 403;
    if (isUserError) return;
    expect(outcome).toMatchObject({
      status,
      cfRay: answer?.headers['cf-ray'] ?? null,
      requestId: outcome.requestIdSent,
    });
    expect(outcome.requestIdSent).toEqual(expect.any(String));
  });
});

describe('Over GraphQL', () => {
  it('a certificate that Cloudflare answered without its members has nulls in their place', async () => {
    await using stage = await startStage();
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

  it('a certificate that is none has no fingerprint', async () => {
    await using stage = await startStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { mergeResult: { certificate: 'none' } } }],
    });
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { certificates { fingerprintSha256 } } }`,
    );
    expect(errors).toEqual([]);
    const none = { fingerprintSha256: null };
    expect(data).toEqual({ zone: { certificates: [none, none, none] } });
  });

  it.each(['yesterday', '', '2026-01-01'])(
    'a date that is none is null, and fails nothing: %j',
    async (expiresOn) => {
      await using stage = await startStage();
      await stage.sandbox.faults({
        rules: [{ operation: 'zone_certificate.get', action: { mergeResult: { expires_on: expiresOn } } }],
      });
      const { data, errors } = await ask(
        stage.gateway,
        `{ zone(id: "${seededZone}") { certificate(id: "${zoneCertificate}") { id expiresOn } } }`,
      );
      expect(data).toEqual({ zone: { certificate: { id: zoneCertificate, expiresOn: null } } });
      expect(errors).toEqual([]);
    },
  );

  it.each([
    ['one', `certificate(id: "${zoneCertificate}") { id issuer }`, 'zone_certificate.get'],
    ['a list', 'certificates { id issuer }', 'zone_certificate.list'],
  ] as const)(
    '%s without an id is null and said to be wrong, and is no failure of the gateway',
    async (_, selection, operation) => {
      await using stage = await startStage();
      await stage.sandbox.faults({ rules: [{ operation, action: { mergeResult: { id: null } } }] });
      const { data, errors } = await ask(
        stage.gateway,
        `{ zone(id: "${seededZone}") { ${selection} settings { enabled } } }`,
      );
      expect(data).toMatchObject({ zone: { settings: { enabled: true } } });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } }]);
    },
  );
});
