import { Agent, request } from 'node:http';
import { type OperationName } from '../../sandbox/operation.js';
import { type Reply } from '../support/http/http.js';
import { certificateId } from './documented.js';
import { type World } from './shapes.js';

export interface Upload {
  readonly certificate: string;
  readonly private_key: string;
}

export interface Asked {
  readonly method: string;
  /** Below the origin of the gateway. */
  readonly path: string;
  readonly body?: unknown;
}

/** The request for an operation over one face: REST or GraphQL. */
export type Face = (operation: OperationName, world: World, upload: Upload) => Asked;

const originPulls = '/origin_tls_client_auth';
const globalLevel = '/settings/tls_client_auth';

/** Below a zone. */
const paths: Readonly<Record<OperationName, readonly [method: string, path: string]>> = {
  'zone_certificate.list': ['GET', originPulls],
  'zone_certificate.get': ['GET', `${originPulls}/${certificateId}`],
  'zone_certificate.upload': ['POST', originPulls],
  'zone_certificate.delete': ['DELETE', `${originPulls}/${certificateId}`],
  'hostname_certificate.list': ['GET', `${originPulls}/hostnames/certificates`],
  'hostname_certificate.get': ['GET', `${originPulls}/hostnames/certificates/${certificateId}`],
  'hostname_certificate.upload': ['POST', `${originPulls}/hostnames/certificates`],
  'hostname_certificate.delete': ['DELETE', `${originPulls}/hostnames/certificates/${certificateId}`],
  'hostname.list': ['GET', `${originPulls}/hostnames?status=all`],
  'hostname.get': ['GET', `${originPulls}/hostnames/app.example.com`],
  'hostname.update': ['PUT', `${originPulls}/hostnames`],
  'settings.get': ['GET', `${originPulls}/settings`],
  'settings.update': ['PUT', `${originPulls}/settings`],
  'global_level.get': ['GET', globalLevel],
  'global_level.update': ['PATCH', globalLevel],
};

export const rest: Face = (operation, { zone, changes }, upload) => {
  const [method, path] = paths[operation];
  const config = changes.map((hostname) => ({ hostname, cert_id: certificateId, enabled: true }));
  const put = operation === 'hostname.update' ? { config } : { enabled: true };
  const bodies: Readonly<Record<string, unknown>> = { POST: upload, PUT: put, PATCH: { value: 'on' } };
  return { method, path: `/client/v4/zones/${zone}${path}`, body: bodies[method] };
};

const certificate =
  '{ id: cloudflareId status certificate: pem issuer serialNumber serialNumberHex signature uploadedOn expiresOn }';
const association = 'name enabled status createdAt updatedAt';
const userErrors = 'userErrors { code message upstreamCode }';

const fields: Readonly<Record<OperationName, string>> = {
  'zone_certificate.list': `certificates ${certificate}`,
  'zone_certificate.get': `certificate(id: "${certificateId}") ${certificate}`,
  'hostname_certificate.list': `hostnameCertificates ${certificate}`,
  'hostname_certificate.get': `hostnameCertificate(id: "${certificateId}") ${certificate}`,
  'hostname.list': `hostnames(first: 1000) { totalCount nodes { ${association} certificate { id: cloudflareId } } pageInfo { hasNextPage } }`,
  'hostname.get': `hostname(name: "APP。example.com.") { ${association} certificate ${certificate} }`,
  'settings.get': 'settings { enabled }',
  'global_level.get': 'globalLevel { enabled missingPermission }',
  'zone_certificate.upload': `uploadZoneCertificate(input: $input) { it: certificate ${certificate} ${userErrors} }`,
  'zone_certificate.delete': `deleteZoneCertificate(input: $input) { it: certificate ${certificate} ${userErrors} }`,
  'hostname_certificate.upload': `uploadHostnameCertificate(input: $input) { it: certificate ${certificate} ${userErrors} }`,
  'hostname_certificate.delete': `deleteHostnameCertificate(input: $input) { it: certificate ${certificate} ${userErrors} }`,
  'hostname.update': `updateHostnames(input: $input) { it: hostnames { ${association} certificate ${certificate} } ${userErrors} }`,
  'settings.update': `updateZoneSettings(input: $input) { it: settings { enabled } ${userErrors} }`,
  'global_level.update': `updateGlobalLevel(input: $input) { it: globalLevel { enabled missingPermission } ${userErrors} }`,
};

export const graphql: Face = (operation, { zone, changes }, upload) => {
  const field = `it: ${fields[operation]}`;
  const body = isChange(operation)
    ? {
        query: `mutation ($input: ${inputTypeOf(operation)}!) { ${field} }`,
        variables: { input: { zoneId: zone, ...inputOf(operation, changes, upload) } },
      }
    : { query: `query ($zone: ID!) { zone(id: $zone) { ${field} } }`, variables: { zone } };
  return { method: 'POST', path: '/graphql', body };
};

function inputOf(operation: OperationName, changes: readonly string[], upload: Upload): object {
  if (operation.endsWith('.upload'))
    return { certificate: upload.certificate, privateKey: upload.private_key };
  if (operation.endsWith('.delete')) return { certificateId };
  if (operation === 'settings.update' || operation === 'global_level.update') return { enabled: true };
  return { changes: changes.map((hostname) => ({ hostname, certificateId, action: 'ENABLE' })) };
}

function inputTypeOf(operation: OperationName): string {
  if (operation.endsWith('.upload')) return 'UploadCertificateInput';
  if (operation.endsWith('.delete')) return 'DeleteCertificateInput';
  if (operation === 'global_level.update') return 'UpdateGlobalLevelInput';
  return operation === 'settings.update' ? 'UpdateZoneSettingsInput' : 'UpdateHostnamesInput';
}

export function isChange(operation: OperationName): boolean {
  return /\.(?:upload|delete|update)$/.test(operation);
}

/** Keeps its connections open: there are ten thousand requests. */
export class Caller {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly url: string) {}

  ask({ method, path, body }: Asked, token: string): Promise<Reply> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(payload !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(this.url + path, { method, headers, agent: this.agent }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode: status = 0, headers } = incoming;
          resolve({ status, headers, body: Buffer.concat(chunks) });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
