import { fail } from 'node:assert/strict';
import { get, graphql, type Outgoing, rotation } from './requests.js';

const fields = `
    settings { enabled }
    certificates { cloudflareId status issuer signature expiresOn uploadedOn }
    hostnameCertificates { cloudflareId status issuer serialNumber signature expiresOn uploadedOn }`;

/** The overview of the given zones in one operation: three upstream calls for each zone. */
export function zoneQuery(zones: readonly string[]): Outgoing {
  const [zone, ...others] = zones;
  if (others.length === 0)
    return graphql(`query Zone($zone: ID!) {\n  zone(id: $zone) {${fields}\n  }\n}`, { zone });
  const variables = Object.fromEntries(zones.map((id, index) => [`zone${index}`, id]));
  const given = zones.map((_, index) => `$zone${index}: ID!`).join(', ');
  const all = zones.map((_, index) => `z${index}: zone(id: $zone${index}) {${fields}\n  }`).join('\n  ');
  return graphql(`query Zones(${given}) {\n  ${all}\n}`, variables);
}

/** The same, with a variable that differs each time and changes nothing of the answer: no cache of whole answers has it. */
export function varyingZoneQuery(zone: string): Outgoing {
  const query = `query Zone($zone: ID!, $name: String!) {
  zone(id: $zone) {${fields}
    hostname(name: $name) @skip(if: true) { name }
  }
}`;
  return graphql(query, { zone, name: `${rotation}.example.com` });
}

/** The same calls, made directly. */
export function zoneCalls(zones: readonly string[]): Outgoing[] {
  return zones.flatMap((zone) => ['/settings', '', '/hostnames/certificates'].map((path) => get(zone, path)));
}

interface Zone {
  settings: { enabled: boolean | null } | null;
  certificates: Record<string, unknown>[] | null;
  hostnameCertificates: Record<string, unknown>[] | null;
}

/** How many certificates of each kind a zone has. */
export interface ZoneContents {
  readonly zoneCertificates: number;
  readonly hostnameCertificates: number;
}

/** Checks that each zone is answered as it was filled, and that nothing in it is null. */
export function checkZones(answer: Buffer, zoneCount: number, contents: ZoneContents): void {
  const { data } = JSON.parse(answer.toString()) as { data?: Record<string, Zone> };
  const zones = Object.values(data ?? {});
  if (zones.length !== zoneCount) fail(`${zones.length} zones, not ${zoneCount}`);
  for (const { settings, certificates, hostnameCertificates } of zones) {
    if (typeof settings?.enabled !== 'boolean') fail('A zone without settings');
    checkCertificates(certificates, contents.zoneCertificates, 6);
    checkCertificates(hostnameCertificates, contents.hostnameCertificates, 7);
  }
}

function checkCertificates(
  certificates: Record<string, unknown>[] | null,
  count: number,
  fieldCount: number,
) {
  if (certificates?.length !== count) fail(`${certificates?.length} certificates, not ${count}`);
  for (const values of certificates.map((each) => Object.values(each))) {
    if (values.length !== fieldCount || !values.every((value) => typeof value === 'string'))
      fail('A field is missing');
  }
}
