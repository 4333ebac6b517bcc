import { type IncomingMessage, type ServerResponse } from 'node:http';
import { aCertificate } from '../certificates/certificates.js';
import { startUpstream, type Upstream } from './upstream.js';

export interface Crowd {
  readonly hostnames: number;
  /** Hostname certificates, which the hostnames share evenly. */
  readonly certificates: number;
  readonly zoneCertificates: number;
}

/** The identifier of a zone says what the zone holds; the last number tells zones of one kind apart. */
export function zoneOf({ hostnames, certificates, zoneCertificates }: Crowd, index = 0): string {
  return [hostnames, certificates, zoneCertificates, index].map((n) => String(n).padStart(8, '0')).join('');
}

function crowdOf(zone: string): Crowd {
  const [hostnames = 0, certificates = 0, zoneCertificates = 0] = (zone.match(/\d{8}/g) ?? []).map(Number);
  return { hostnames, certificates, zoneCertificates };
}

/** A server in Cloudflare's place, with zones that hold as much as their identifiers say. */
export async function startCrowdedZones(): Promise<Upstream> {
  const { certificate } = await aCertificate();
  return startUpstream((incoming, outgoing) => {
    const result = resultOf(incoming, certificate);
    if (result === undefined) return refuse(outgoing);
    const envelope = { success: true, errors: [], messages: [], result, ...countsOf(result) };
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(envelope));
  });
}

/** All of a list stands on its first page. */
function countsOf(result: unknown): object {
  if (!Array.isArray(result)) return {};
  return { result_info: { page: 1, total_pages: 1, count: result.length, total_count: result.length } };
}

function refuse(outgoing: ServerResponse): void {
  const errors = [{ code: 1551, message: 'Not here.' }];
  outgoing.statusCode = 404;
  outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ success: false, errors }));
}

function resultOf({ url = '' }: IncomingMessage, pem: string): unknown {
  const [, zone = '', rest] = /^\/client\/v4\/zones\/(\d{32})\/origin_tls_client_auth([^?]*)/.exec(url) ?? [];
  const crowd = crowdOf(zone);
  switch (rest) {
    case '/settings':
      return { enabled: true };
    case '':
      return many(crowd.zoneCertificates, (index) => aListedCertificate(index, pem));
    case '/hostnames/certificates':
      return many(crowd.certificates, (index) => aListedCertificate(index, pem));
    case '/hostnames':
      return many(crowd.hostnames, (index) => ({
        hostname: `host-${String(index).padStart(4, '0')}.example.com`,
        cert_id: idOf(index % crowd.certificates),
        enabled: true,
        status: 'active',
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-01T00:00:00Z',
      }));
    default:
      return undefined;
  }
}

function aListedCertificate(index: number, certificate: string) {
  return {
    id: idOf(index),
    certificate,
    issuer: 'CN=Example CA',
    serial_number: String(index + 1),
    signature: 'SHA256WithRSA',
    status: 'active',
    uploaded_on: '2026-01-01T00:00:00Z',
    expires_on: '2027-01-01T00:00:00Z',
  };
}

function idOf(index: number): string {
  return `2458ce5a-0c35-4c7f-82c7-${String(index).padStart(12, '0')}`;
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
