import { deepStrictEqual, fail } from 'node:assert/strict';
import { type Outgoing } from './load.js';
import { get, graphql } from './requests.js';

const overview = `fragment Overview on Zone {
  settings { enabled }
  certificates { id status issuer expiresOn fingerprintSha256 }
  hostnameCertificates { id status issuer expiresOn fingerprintSha256 }
}`;

/** The overview of the given zones in one operation: three upstream calls for each zone. */
export function zoneQuery(zones: readonly string[]): Outgoing {
  const variables = Object.fromEntries(zones.map((zone, index) => [`id${index}`, zone]));
  const given = zones.map((_, index) => `$id${index}: ID!`).join(', ');
  const fields = zones.map((_, index) => `z${index}: zone(id: $id${index}) { ...Overview }`).join('\n  ');
  return graphql(`query ZoneOverview(${given}) {\n  ${fields}\n}\n${overview}`, variables);
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

/**
 * Checks that each zone is answered as it was filled, that nothing in it is null, and that all answers are equal.
 */
export function zoneQueryCheck(zoneCount: number, contents: ZoneContents): (answer: Buffer) => void {
  let first: unknown;
  return (answer) => {
    const { data, errors } = JSON.parse(answer.toString()) as {
      data?: Record<string, Zone>;
      errors?: unknown;
    };
    if (errors !== undefined || data === undefined) fail(`A GraphQL error: ${JSON.stringify(errors)}`);
    first ??= data;
    deepStrictEqual(data, first);
    const zones = Object.values(data);
    if (zones.length !== zoneCount) fail(`${zones.length} zones, not ${zoneCount}`);
    for (const { settings, certificates, hostnameCertificates } of zones) {
      if (typeof settings?.enabled !== 'boolean') fail('A zone without settings');
      checkCertificates(certificates, contents.zoneCertificates);
      checkCertificates(hostnameCertificates, contents.hostnameCertificates);
    }
  };
}

function checkCertificates(certificates: Record<string, unknown>[] | null, count: number): void {
  if (certificates?.length !== count) fail(`${certificates?.length} certificates, not ${count}`);
  for (const fields of certificates.map((each) => Object.values(each))) {
    if (fields.length !== 5 || !fields.every((field) => typeof field === 'string'))
      fail('A field is missing');
  }
}
