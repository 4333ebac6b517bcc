import { type RunningSandbox } from '../support/upstream/sandbox.js';

/** What a run did. `stale`: a read that began after a change was acknowledged showed what was before it. */
export interface Report {
  reads: number;
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
  /** When to end, told by how many reads there were. */
  readonly hasEnded: (reads: number) => boolean;
}

const hostname = 'app.example.com';
const tokens = ['', '-a', '-b'].map((suffix) => `sandbox-token-read-write${suffix}`);

/** A zone of its own for each writer: what it was told last is what every later read has to show, or something newer. */
interface Zone {
  readonly id: string;
  readonly certificateId: string;
  /** `updated_at` of the last acknowledged change, milliseconds since 1970: the version that reads are held against. */
  acknowledged: number;
}

/**
 * Readers and one writer a zone, over REST and GraphQL and with several credentials, through all gateways at once.
 *
 * The sandbox stamps each change, so each answer carries its version. A read is stale where its version is older than
 * the last one acknowledged when the read began.
 */
export async function runHistory(
  { sandbox, gateways, zones, readers, hasEnded }: History,
  newCertificate: () => Promise<{ certificate: string; privateKey: string }>,
): Promise<Report> {
  const report: Report = { reads: 0, stale: 0, failed: 0, writes: 0, refusedWrites: 0, deniedWrites: 0 };
  const all = await Promise.all(
    Array.from({ length: zones }, async (_, index) =>
      prepareZone(sandbox.url, index, await newCertificate()),
    ),
  );
  const reader = async (number: number) => {
    for (let own = 0; !hasEnded(report.reads); own++) {
      report.reads++;
      const zone = all[(number + own) % all.length] as Zone;
      const floor = zone.acknowledged;
      const version = await readSomewhere(gateways, zone, number + own);
      if (version === null) report.failed++;
      else if (version < floor) report.stale++;
    }
  };
  const writer = async (zone: Zone) => {
    for (let own = 0; !hasEnded(report.reads); own++) {
      const version = await write(gateways[own % gateways.length] ?? '', zone, own % 2 === 0);
      if (version === null) report.refusedWrites++;
      else {
        zone.acknowledged = version;
        report.writes++;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const meddler = async (zone: Zone, number: number) => {
    for (let own = 0; !hasEnded(report.reads); own++) {
      const gateway = gateways[(own + number) % gateways.length] ?? '';
      // A new credential each time, since a refusal is given again for a second.
      if (await isDenied(gateway, zone, `sandbox-token-read-only-${number}-${own}`)) report.deniedWrites++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.all([
    ...Array.from({ length: readers }, (_, number) => reader(number)),
    ...all.map(writer),
    ...all.map(meddler),
  ]);
  return report;
}

async function prepareZone(
  base: string,
  index: number,
  pair: { certificate: string; privateKey: string },
): Promise<Zone> {
  const id = index.toString(16).padStart(32, 'a');
  const uploaded = await ask(`${pathOf(base, id)}/hostnames/certificates`, 0, 'POST', {
    certificate: pair.certificate,
    private_key: pair.privateKey,
  });
  const certificateId = (uploaded as { result: { id: string } }).result.id;
  const zone: Zone = { id, certificateId, acknowledged: 0 };
  zone.acknowledged = versionIn(await ask(`${pathOf(base, id)}/hostnames`, 0, 'PUT', changeOf(zone, true)));
  return zone;
}

/** Null where no gateway answers it. */
async function readSomewhere(gateways: readonly string[], zone: Zone, way: number): Promise<number | null> {
  for (let attempt = 0; attempt <= gateways.length; attempt++) {
    try {
      return await read(gateways[(way + attempt) % gateways.length] ?? '', zone, way);
    } catch {
      // Its process was killed, or is starting: another one answers.
    }
  }
  return null;
}

async function read(gateway: string, { id }: Zone, way: number): Promise<number> {
  const path = pathOf(`${gateway}/client/v4`, id);
  switch (way % 3) {
    case 0:
      return versionIn(await ask(`${path}/hostnames/${hostname}`, way));
    case 1:
      return versionIn(await ask(`${path}/hostnames?status=all`, way));
    default: {
      const query = `{ zone(id: "${id}") { hostname(name: "${hostname}") { updatedAt } } }`;
      const { data } = (await ask(`${gateway}/graphql`, way, 'POST', { query })) as {
        data: { zone: { hostname: { updatedAt: string } } };
      };
      return Date.parse(data.zone.hostname.updatedAt);
    }
  }
}

/** The version it made; null where it was not acknowledged. */
async function write(gateway: string, zone: Zone, enabled: boolean): Promise<number | null> {
  try {
    const url = `${pathOf(`${gateway}/client/v4`, zone.id)}/hostnames`;
    return versionIn(await ask(url, 1, 'PUT', changeOf(zone, enabled)));
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

async function ask(url: string, way: number, method = 'GET', body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${tokens[way % tokens.length]}`,
      ...(body && { 'content-type': 'application/json' }),
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
