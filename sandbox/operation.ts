import { type Envelope } from './envelope.js';
import { type Zone } from './zone.js';

/** The operations on zones. */
const operationNames = [
  'zone_certificate.upload',
  'zone_certificate.list',
  'zone_certificate.get',
  'zone_certificate.delete',
  'hostname_certificate.upload',
  'hostname_certificate.list',
  'hostname_certificate.get',
  'hostname_certificate.delete',
  'hostname.list',
  'hostname.get',
  'hostname.update',
  'settings.get',
  'settings.update',
  'global_level.get',
  'global_level.update',
] as const;

/** Below /zones/{zone_id}. */
export const ORIGIN_PULLS = '/origin_tls_client_auth';

export type OperationName = (typeof operationNames)[number];

/** The names under which calls are counted and faults are set. */
export const callNames = [...operationNames, 'token.verify', 'account_token.verify'] as const;

export type CallName = (typeof callNames)[number];

export interface Call {
  /** The last part of the path: a certificate id or a hostname. Empty where the path has none. */
  subject: string;
  query: Record<string, unknown>;
  /** As received. */
  body: string | undefined;
  now: number;
}

export interface Operation {
  name: OperationName;
  /** GET reads; everything else is a write. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /zones/{zone_id}. */
  path: string;
  /** Whether it needs the permission Zone Settings, and not SSL and Certificates. */
  isZoneSetting?: true;
  /** Synchronous, so that a change is atomic. @throws ApiError */
  run: (zone: Zone, call: Call) => Envelope;
}
