import { type RunningSandbox } from '../support/upstream/sandbox.js';

/** What a run did. `stale`: a read that began after a change was acknowledged showed what was before it. */
export interface Report {
  /** Requests. */
  reads: number;
  /** Those of them that are queries over all zones. */
  overZones: number;
  /** Those of them that were answered from the cache alone. */
  keptOverZones: number;
  stale: number;
  failed: number;
  writes: number;
  refusedWrites: number;
  /** Changes that Cloudflare refused a credential that may only read: the zone is to be as it was before them. */
  deniedWrites: number;
}

export interface History {
  readonly sandbox: RunningSandbox;
  /** Where the gateways listen; a client whose gateway does not answer asks the next one. */
  readonly gateways: readonly string[];
  readonly zones: number;
  readonly readers: number;
  /** Which credentials the readers send. */
  readonly tokens?: readonly string[];
  /** When to end, told by what was done up to now. */
  readonly hasEnded: (report: Readonly<Report>) => boolean;
}

const hostname = 'app.example.com';
const writerToken = 'sandbox-token-read-write-a';
const threeTokens = ['', '-a', '-b'].map((suffix) => `sandbox-token-read-write${suffix}`);

/** A zone of its own for each writer: what it was told last is what every later read has to show, or something newer. */
interface Zone {
  readonly id: string;
  readonly certificateId: string;
  /** `updated_at` of the last acknowledged change, milliseconds since 1970: the version that reads are held against. */
  acknowledged: number;
}

/**
 * Readers and one writer a zone, over REST and GraphQL and with several credentials, through all gateways at once. Half of the
 * reads are queries over all zones, which are kept as a whole.
 *
 * The sandbox stamps each change, so each answer carries its version. A read is stale where its version of a zone is older than
 * the last one acknowledged when the read began.
 */
export async function runHistory(
  { sandbox, gateways, zones, readers, tokens = threeTokens, hasEnded }: History,
  newCertificate: () => Promise<{ certificate: string; privateKey: string }>,
): Promise<Report> {
  const report: Report = {
    reads: 0,
    overZones: 0,
    keptOverZones: 0,
    stale: 0,
    failed: 0,
    writes: 0,
    refusedWrites: 0,
    deniedWrites: 0,
  };
  const all = await Promise.all(
    Array.from({ length: zones }, async (_, index) =>
      prepareZone(sandbox.url, index, await newCertificate()),
    ),
  );
  const reader = async (number: number) => {
    for (let own = 0; !hasEnded(report); own++) {
      report.reads++;
      const way = number + own;
      const zones = way % 2 === 0 ? all : [all[(way >> 1) % all.length] as Zone];
      if (zones.length > 1) report.overZones++;
      const floors = zones.map(({ acknowledged }) => acknowledged);
      const seen = await readSomewhere(gateways, zones, tokens[(way >> 1) % tokens.length] ?? '', way >> 1);
      if (seen === null) report.failed++;
      else if (seen.versions.some((version, index) => !(version >= (floors[index] as number))))
        report.stale++;
      if (zones.length > 1 && seen?.isKept) report.keptOverZones++;
    }
  };
  const writer = async (zone: Zone) => {
    for (let own = 0; !hasEnded(report); own++) {
      const version = await write(gateways[own % gateways.length] ?? '', zone, own % 2 === 0);
      if (version === null) report.refusedWrites++;
      else {
        zone.acknowledged = version;
        report.writes++;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      await untilChangesAreMade();
    }
  };
  const meddler = async (zone: Zone, number: number) => {
    for (let own = 0; !hasEnded(report); own++) {
      const gateway = gateways[(own + number) % gateways.length] ?? '';
      // A new credential each time, since a refusal is given again for a second.
      if (await isDenied(gateway, zone, `sandbox-token-read-only-${number}-${own}`)) report.deniedWrites++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      await untilChangesAreMade();
    }
  };
  await Promise.all([
    ...Array.from({ length: readers }, (_, number) => reader(number)),
    ...all.map(writer),
    ...all.map(meddler),
  ]);
  return report;
}

const phaseMs = 150;

/** Changes are made in every second phase: in between, answers over all zones are kept. */
async function untilChangesAreMade(): Promise<void> {
  const sinceMs = performance.now() % (2 * phaseMs);
  if (sinceMs > phaseMs) await new Promise((resolve) => setTimeout(resolve, 2 * phaseMs - sinceMs));
}

async function prepareZone(
  base: string,
  index: number,
  pair: { certificate: string; privateKey: string },
): Promise<Zone> {
  const id = index.toString(16).padStart(32, 'a');
  const uploaded = await ask(`${pathOf(base, id)}/hostnames/certificates`, writerToken, 'POST', {
    certificate: pair.certificate,
    private_key: pair.privateKey,
  });
  const certificateId = (uploaded as { result: { id: string } }).result.id;
  const zone: Zone = { id, certificateId, acknowledged: 0 };
  zone.acknowledged = versionIn(
    await ask(`${pathOf(base, id)}/hostnames`, writerToken, 'PUT', changeOf(zone, true)),
  );
  return zone;
}

/** Null where no gateway answers it. */
async function readSomewhere(
  gateways: readonly string[],
  zones: readonly Zone[],
  token: string,
  way: number,
): Promise<Seen | null> {
  for (let attempt = 0; attempt <= gateways.length; attempt++) {
    try {
      return await read(gateways[(way + attempt) % gateways.length] ?? '', zones, token, way);
    } catch {
      // Its process was killed, or is starting: another one answers.
    }
  }
  return null;
}

interface Seen {
  /** Of each zone. */
  readonly versions: number[];
  /** Whether every zone came from the cache. Known of queries only. */
  readonly isKept?: boolean;
}

interface QueryReply {
  readonly data: Record<string, { hostname: { updatedAt: string } }>;
  readonly extensions: { cache: { hits: number } };
}

/** One zone is read in three ways, several in one query. */
async function read(gateway: string, zones: readonly Zone[], token: string, way: number): Promise<Seen> {
  const [zone, ...others] = zones;
  const path = pathOf(`${gateway}/client/v4`, zone?.id ?? '');
  if (others.length === 0 && way % 3 === 0)
    return { versions: [versionIn(await ask(`${path}/hostnames/${hostname}`, token))] };
  if (others.length === 0 && way % 3 === 1)
    return { versions: [versionIn(await ask(`${path}/hostnames?status=all`, token))] };
  const fields = zones.map(
    ({ id }, index) => `z${index}: zone(id: "${id}") { hostname(name: "${hostname}") { updatedAt } }`,
  );
  const query = `{ ${fields.join(' ')} }`;
  const reply = await ask(`${gateway}/graphql`, token, 'POST', { query }, { 'x-cache-extensions': '1' });
  const { data, extensions } = reply as QueryReply;
  return {
    versions: zones.map((_, index) => Date.parse(data[`z${index}`]?.hostname.updatedAt ?? '')),
    isKept: extensions.cache.hits === zones.length,
  };
}

/** The version it made; null where it was not acknowledged. */
async function write(gateway: string, zone: Zone, enabled: boolean): Promise<number | null> {
  try {
    const url = `${pathOf(`${gateway}/client/v4`, zone.id)}/hostnames`;
    return versionIn(await ask(url, writerToken, 'PUT', changeOf(zone, enabled)));
  } catch {
    return null;
  }
}

async function isDenied(gateway: string, zone: Zone, token: string): Promise<boolean> {
  try {
    const response = await fetch(`${pathOf(`${gateway}/client/v4`, zone.id)}/hostnames`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(changeOf(zone, true)),
      signal: AbortSignal.timeout(20_000),
    });
    await response.arrayBuffer();
    return response.status === 403;
  } catch {
    return false;
  }
}

function changeOf({ certificateId }: Zone, enabled: boolean) {
  return { config: [{ hostname, cert_id: certificateId, enabled }] };
}

async function ask(
  url: string,
  token: string,
  method = 'GET',
  body?: object,
  headers?: Record<string, string>,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

function versionIn(envelope: unknown): number {
  const { result } = envelope as { result: { updated_at: string } | { updated_at: string }[] };
  return Date.parse([result].flat()[0]?.updated_at ?? '');
}

function pathOf(base: string, zone: string): string {
  return `${base}/zones/${zone}/origin_tls_client_auth`;
}
