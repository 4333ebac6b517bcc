import { expect } from '@jest/globals';
import { type CachingStage } from './caching.js';
import { aCertificate } from '../certificates/certificates.js';
import { ask, type MutationName, mutate } from '../graphql/graphql.js';
import { call } from '../http/http.js';
import { hostnameCertificateInUse, seededZone, zoneCertificate } from '../http/requests.js';

export type Headers = Readonly<Record<string, string>>;

interface CacheShown {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly bypasses: number;
  readonly ageSeconds: number | null;
  readonly ttlSeconds: number | null;
}

const deletable = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61';
export const ofTheZone = (selection: string) => `{ zone(id: "${seededZone}") { ${selection} } }`;
export const settings = ofTheZone('settings { enabled }');
export const enabled = (value: boolean) => ({ zone: { settings: { enabled: value } } });

/** Every list and setting of the zone that a change can change. */
export const wholeZone = ofTheZone(
  'settings { enabled } globalLevel { enabled } certificates { id: cloudflareId status } hostnameCertificates { id: cloudflareId status } hostnames { nodes { name enabled status } }',
);

/** Sends a query, and asks how the cache took part. */
export async function askTelling(stage: CachingStage, query: string, headers: Headers = stage.bearer) {
  const reply = await call(`${stage.gateway.url}/graphql`, 'POST', {
    headers: { ...headers, 'x-cache-extensions': '1' },
    body: { query },
  });
  const { data, errors, extensions } = JSON.parse(reply.body.toString()) as {
    data: unknown;
    errors?: { extensions: { code: string } }[];
    extensions?: { cache?: CacheShown };
  };
  return { data, codes: (errors ?? []).map((error) => error.extensions.code), cache: extensions?.cache };
}

export const dataOf = async (stage: CachingStage, query: string, headers: Headers = stage.bearer) =>
  (await ask(stage.gateway, query, {}, headers)).data;

export const settingsCalls = async (stage: CachingStage) => (await stage.sandbox.calls())['settings.get'];

/** An input for each mutation. Each one changes what `wholeZone` reads of the seeded zone. */
export const inputs: Readonly<Record<MutationName, () => object | Promise<object>>> = {
  uploadZoneCertificate: async () => uploadOf(await aCertificate()),
  uploadHostnameCertificate: async () => uploadOf(await aCertificate()),
  deleteZoneCertificate: () => ({ certificateId: zoneCertificate }),
  deleteHostnameCertificate: () => ({ certificateId: deletable }),
  updateHostnames: () => ({
    changes: [{ hostname: 'new.example.com', certificateId: hostnameCertificateInUse, action: 'ENABLE' }],
  }),
  updateZoneSettings: () => ({ enabled: false }),
  updateGlobalLevel: () => ({ enabled: false }),
};

function uploadOf({ certificate, privateKey }: { certificate: string; privateKey: string }) {
  return { certificate, privateKey };
}

export async function change(stage: CachingStage, name: MutationName, headers?: Headers) {
  const input = { zoneId: seededZone, ...(await inputs[name]()) };
  const { errors, payload } = await mutate(stage.gateway, name, input, headers);
  expect({ errors, userErrors: payload?.userErrors }).toEqual({ errors: [], userErrors: [] });
}
