import { expect } from '@jest/globals';
import { aCertificate } from '../certificates/certificates.js';
import { ask } from './graphql.js';
import { envelopeOf } from '../http/http.js';
import { emptyZone, pathOf } from '../http/requests.js';
import { type Stage } from '../gateway/stage.js';

export interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly name: string } }[];
  readonly nodes: readonly {
    readonly name: string;
    readonly enabled: boolean | null;
    readonly status: string;
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number | null;
}

export interface Arguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly status?: readonly string[] | null;
}

const document = `query ($zone: ID!, $first: Int!, $after: String, $status: [DeploymentStatus!]) {
  zone(id: $zone) {
    hostnames(first: $first, after: $after, status: $status) {
      edges { cursor node { name } }
      nodes { name enabled status }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
}`;

export const askPage = ({ gateway }: Stage, { first = 50, ...others }: Arguments = {}, zone = emptyZone) =>
  ask<{ zone: { hostnames: Connection | null } }>(gateway, document, { zone, first, ...others });

export async function aCertificateIn(stage: Stage): Promise<string> {
  const { certificate, privateKey } = await aCertificate();
  const body = { certificate, private_key: privateKey };
  const reply = await stage.ask('POST', pathOf('/hostnames/certificates', emptyZone), { body });
  return (envelopeOf(reply).result as { id: string }).id;
}

export async function associate(
  stage: Stage,
  hostnames: readonly string[],
  certId: string,
  enabled: boolean | null = true,
): Promise<void> {
  const config = hostnames.map((hostname) => ({ hostname, cert_id: certId, enabled }));
  const reply = await stage.ask('PUT', pathOf('/hostnames', emptyZone), { body: { config } });
  expect(reply.status).toBe(200);
}

export const nameOf = (number: number) => `h${String(number).padStart(4, '0')}.example.com`;

export const namesFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, index) => nameOf(start + index));

/** Makes this number of associations, 100 for each certificate. Resolves to the ids of the certificates. */
export async function anAmount(stage: Stage, count: number): Promise<string[]> {
  const certificates: string[] = [];
  for (let start = 0; start < count; start += 100) {
    const id = await aCertificateIn(stage);
    certificates.push(id);
    await associate(stage, namesFrom(start, Math.min(100, count - start)), id);
  }
  return certificates;
}
