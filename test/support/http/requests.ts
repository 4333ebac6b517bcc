import { type OperationName } from '../../../sandbox/operation.js';
import { aCertificate } from '../certificates/certificates.js';

/** What the sandbox is seeded with, as `docs/` promises it. */
export const seededZone = '023e105f4ecef8ad9ca31a8372d0c353';
export const emptyZone = '9a7806061c88ada191ed06f989cc3dac';
export const hostnameCertificateInUse = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const deletableHostnameCertificate = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61';
export const zoneCertificate = 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00';

export const token = 'sandbox-token-read-write';
/** May do everything but read and change zone settings, of which the global level is one. */
export const tokenWithoutZoneSettings = 'sandbox-token-read-write-without-zone-settings';
export const email = 'user@example.com';
export const apiKey = '144c9defac04969c7bfad8efaa8ea194';
export const bearer = { authorization: `Bearer ${token}` };

/** Below `/client/v4`. */
export const pathOf = (rest: string, zone = seededZone) => `/zones/${zone}/origin_tls_client_auth${rest}`;

/** Of the global level, below `/client/v4`. */
export const globalLevelOf = (zone = seededZone) => `/zones/${zone}/settings/tls_client_auth`;

export interface Use {
  readonly operation: OperationName;
  readonly method: string;
  /** Below `/client/v4`. */
  readonly path: string;
  readonly body?: unknown;
}

export async function anUpload(): Promise<{ certificate: string; private_key: string }> {
  const { certificate, privateKey } = await aCertificate();
  return { certificate, private_key: privateKey };
}

export function anAssociation(change: Record<string, unknown> = {}) {
  return { hostname: 'new.example.com', cert_id: hostnameCertificateInUse, enabled: true, ...change };
}

type UseWithoutUpload = Use & { readonly uploads?: true };

/** One use of every operation that the seeded sandbox answers with success. */
const uses: readonly UseWithoutUpload[] = [
  { operation: 'zone_certificate.list', method: 'GET', path: pathOf('') },
  { operation: 'zone_certificate.get', method: 'GET', path: pathOf(`/${zoneCertificate}`) },
  { operation: 'zone_certificate.upload', method: 'POST', path: pathOf(''), uploads: true },
  { operation: 'zone_certificate.delete', method: 'DELETE', path: pathOf(`/${zoneCertificate}`) },
  { operation: 'hostname_certificate.list', method: 'GET', path: pathOf('/hostnames/certificates') },
  {
    operation: 'hostname_certificate.get',
    method: 'GET',
    path: pathOf(`/hostnames/certificates/${hostnameCertificateInUse}`),
  },
  {
    operation: 'hostname_certificate.upload',
    method: 'POST',
    path: pathOf('/hostnames/certificates'),
    uploads: true,
  },
  {
    operation: 'hostname_certificate.delete',
    method: 'DELETE',
    path: pathOf(`/hostnames/certificates/${deletableHostnameCertificate}`),
  },
  { operation: 'hostname.list', method: 'GET', path: pathOf('/hostnames?per_page=2&status=all') },
  { operation: 'hostname.get', method: 'GET', path: pathOf('/hostnames/app.example.com') },
  {
    operation: 'hostname.update',
    method: 'PUT',
    path: pathOf('/hostnames'),
    body: { config: [anAssociation()] },
  },
  { operation: 'settings.get', method: 'GET', path: pathOf('/settings') },
  { operation: 'settings.update', method: 'PUT', path: pathOf('/settings'), body: { enabled: false } },
  { operation: 'global_level.get', method: 'GET', path: globalLevelOf() },
  { operation: 'global_level.update', method: 'PATCH', path: globalLevelOf(), body: { value: 'off' } },
];

/** The read that admits a change, where nothing was read before it. */
export function admittingReadOf(change: OperationName): Use {
  const path = change === 'global_level.update' ? globalLevelOf() : pathOf('/settings');
  const operation = change === 'global_level.update' ? 'global_level.get' : 'settings.get';
  return { operation, method: 'GET', path };
}

export const operationNames = uses.map(({ operation }) => operation);

export async function aUseOf(name: OperationName): Promise<Use> {
  const found = uses.find(({ operation }) => operation === name);
  if (!found) throw new Error(`No use of ${name}`);
  const { uploads, ...use } = found;
  return uploads ? { ...use, body: await anUpload() } : use;
}
