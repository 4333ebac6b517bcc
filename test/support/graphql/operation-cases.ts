import { expect } from '@jest/globals';
import { type OperationName } from '../../../sandbox/operation.js';
import { aCertificate, type TestCertificate } from '../certificates/certificates.js';
import { type MutationName } from './graphql.js';
import {
  globalLevelOf,
  hostnameCertificateInUse,
  pathOf,
  seededZone,
  zoneCertificate,
} from '../http/requests.js';
import { type Stage } from '../gateway/stage.js';

// REST uses snake_case, GraphQL camelCase. Each case here has one expectation, which is compared with both.

export type Fields = Readonly<Record<string, unknown>>;

export interface Way {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Below `zone`, or the name of a mutation. */
  readonly selection: string;
  readonly variables?: Fields;
}

interface Case extends Way {
  /** The result as GraphQL has it. */
  readonly expected: unknown;
}

interface RefusedCase extends Way {
  readonly status: number;
  readonly code: number;
  /** `extensions.code`, or the code of the user error; null: GraphQL answers null, without an error. */
  readonly graphql: string | null;
  /** Makes it a refusal. */
  readonly prepare?: (stage: Stage) => Promise<unknown>;
}

export const certificateFields =
  'id: cloudflareId status certificate: pem issuer serialNumber signature uploadedOn expiresOn';
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

const globalLevel = {
  method: 'GET',
  path: globalLevelOf(),
  selection: 'globalLevel { enabled missingPermission }',
};

const switchOff = {
  method: 'PATCH',
  path: globalLevelOf(),
  body: { value: 'off' },
  selection: 'updateGlobalLevel',
  variables: { zoneId: seededZone, enabled: false },
};

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
export const successes: Readonly<Record<OperationName, () => Case | Promise<Case>>> = {
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
    selection: `hostnames { nodes { ${associationFields} certificate { id: cloudflareId } } }`,
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
  'global_level.get': () => ({ ...globalLevel, expected: { enabled: true, missingPermission: null } }),
  'global_level.update': () => ({ ...switchOff, expected: { enabled: false, missingPermission: null } }),
};

const foreign = { status: 403, code: 10000, graphql: 'FORBIDDEN' };

/** One use of each operation that Cloudflare refuses. */
export const refusals: Readonly<Record<OperationName, () => RefusedCase | Promise<RefusedCase>>> = {
  'zone_certificate.list': () => ({
    method: 'GET',
    path: pathOf('', unknownId),
    selection: 'certificates { id: cloudflareId }',
    ...foreign,
  }),
  'zone_certificate.get': () => ({
    method: 'GET',
    path: pathOf(`/${unknownId}`),
    selection: `certificate(id: "${unknownId}") { id: cloudflareId }`,
    status: 404,
    code: 1552,
    graphql: null,
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
    selection: 'hostnameCertificates { id: cloudflareId }',
    ...foreign,
  }),
  'hostname_certificate.get': () => ({
    method: 'GET',
    path: `${certificates}/${unknownId}`,
    selection: `hostnameCertificate(id: "${unknownId}") { id: cloudflareId }`,
    status: 404,
    code: 1551,
    graphql: null,
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
    graphql: null,
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
    // In the zone of another account the read before the change is refused, so the change is not sent.
    prepare: (stage) =>
      stage.sandbox.faults({ rules: [{ operation: 'settings.update', action: { refuseToken: true } }] }),
    ...foreign,
    graphql: 'PERMISSION_MISSING',
  }),
  // Without the permission to read it, GraphQL has no error.
  'global_level.get': () => ({
    ...globalLevel,
    prepare: (stage) =>
      stage.sandbox.faults({ rules: [{ operation: 'global_level.get', action: { status: 429 } }] }),
    status: 429,
    code: 1000,
    graphql: 'RATE_LIMITED',
  }),
  'global_level.update': () => ({
    ...switchOff,
    prepare: (stage) =>
      stage.sandbox.faults({ rules: [{ operation: 'global_level.update', action: { refuseToken: true } }] }),
    ...foreign,
    graphql: 'PERMISSION_MISSING',
  }),
};
