import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leastOf } from '../support/basics/least-of.js';
import { type RunningGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { codeOf } from '../support/http/http.js';
import { type End, type RedisFault, redisFaults, urlWithPassword } from '../support/redis/redis-faults.js';
import {
  backAfterMs,
  change,
  quantile,
  readiness,
  type RedisStage,
  says,
  startRedisStage,
  timedRead,
} from '../support/redis/redis-stage.js';
import { emptyZone, seededZone, zoneCertificate } from '../support/http/requests.js';

const faultLastsMs = 1200;
/** How much longer a read may take. The slowest twentieth has a bound of its own: a busy machine delays some reads. */
const mostExtraMs = 100;
const mostExtraOfAnyMs = 500;

const zoneQuery = `{ zone(id: "${seededZone}") { settings { enabled } } }`;

/** One whose end leaves Redis and its gateways as they were. */
const isUndone = ({ fromTheStart, lasts, comesAndGoes }: RedisFault) =>
  !fromTheStart && !lasts && !comesAndGoes;
const faults = Object.entries(redisFaults);

describe('Redis faults, each with gateways of its own', () => {
  it.each(faults.filter(([, fault]) => !isUndone(fault)))(
    'A gateway serves reads where its Redis %s, and uses Redis afterwards',
    async (name, fault) => {
      await using stage = await startRedisStage();
      const url = name.includes('password') ? await urlWithPassword(stage.redis) : stage.redis.url;
      const end = fault.fromTheStart && (await stage.cause(fault.cause));
      const gateways = await startGateways(stage, url);
      await servesDuring(fault, gateways, end);
    },
  );
});

describe('Redis faults, one after another at the same gateways', () => {
  let gateways: Gateways;
  beforeAll(async () => {
    const stage = await startRedisStage();
    gateways = await startGateways(stage, stage.redis.url);
  });
  beforeEach(() => gateways.stage.reset());
  afterEach(() => gateways.stage.endFaults());
  afterAll(async () => await gateways?.stage[Symbol.asyncDispose]());

  it.each(faults.filter(([, fault]) => isUndone(fault)))(
    'A gateway serves reads where its Redis %s, and uses Redis afterwards',
    async (_, fault) => servesDuring(fault, gateways),
  );
});

interface Gateways {
  readonly stage: RedisStage;
  readonly strict: RunningGateway;
  readonly relaxed: RunningGateway;
}

async function startGateways(stage: RedisStage, url: string): Promise<Gateways> {
  const strict = await stage.start({}, url);
  const relaxed = await stage.start({ CACHE_FENCE: 'relaxed' }, url);
  return { stage, strict, relaxed };
}

/** @param begun what ends the fault, where it is there already */
async function servesDuring(fault: RedisFault, { stage, strict, relaxed }: Gateways, begun?: End) {
  let end = begun;
  if (!end) {
    await Promise.all([says(strict, 'ready'), says(relaxed, 'ready')]);
    for (const path of ['', '/settings']) await timedRead(strict, path);
    end = await stage.cause(fault.cause);
  }

  const { took, states } = await readBeside(strict, stage.plain);
  const again = async () => extraMsOf((await readBeside(strict, stage.plain)).took);
  expect(await leastOf(mostExtraMs, extraMsOf(took), again)).toBeLessThan(mostExtraMs);
  expect(Math.max(...took.with) - Math.max(...took.without)).toBeLessThan(mostExtraOfAnyMs);

  const [overGraphQL, refused, mutation, passed] = await Promise.all([
    ask(strict, zoneQuery),
    change(strict),
    mutate(strict, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
    change(relaxed, emptyZone),
  ]);
  expect(overGraphQL).toMatchObject({ data: { zone: { settings: { enabled: true } } }, errors: [] });
  expect(passed.status).toBe(200);
  if (!fault.comesAndGoes) {
    expect([refused.status, codeOf(refused)]).toEqual([503, 99030]);
    expect([refused.headers['x-should-retry'], refused.headers['retry-after']]).toEqual(
      fault.lasts ? ['false', undefined] : ['true', '1'],
    );
    expect(refused.body.toString()).toContain(fault.lasts ? 'until its settings are mended' : 'Try again');
    expect(mutation.errors[0]?.extensions.code).toBe('CACHE_FENCE_UNAVAILABLE');
    expect(await stage.sandbox.calls()).toMatchObject({ 'settings.update': 1 });
    expect(states).toEqual(new Set(['200 degraded']));
    await says(relaxed, 'degraded');
  }

  await end();
  expect(await backAfterMs(strict)).toBeLessThan(1000);
  expect((await change(strict)).status).toBe(200);
  await Promise.all([says(strict, 'ready'), says(relaxed, 'ready')]);
}

interface Took {
  readonly with: number[];
  readonly without: number[];
}

function extraMsOf(took: Took): number {
  return quantile(took.with, 0.95) - quantile(took.without, 0.95);
}

/**
 * Sends the same reads to both gateways, each pair at the same time, while a fault lasts. Resolves to how long they took,
 * and to the readiness of the first gateway in the second half.
 */
async function readBeside(gateway: RunningGateway, plain: RunningGateway) {
  const took: Took = { with: [], without: [] };
  const states = new Set<string>();
  const startedAt = performance.now();
  const isOver = (part: number) => performance.now() - startedAt > part * faultLastsMs;
  for (let turn = 0; !isOver(1); turn += 1) {
    // Every other time the page is new to the cache.
    const page = `/hostnames?page=${1 + Math.floor(turn / 2)}`;
    const paths = ['', `/${zoneCertificate}`, '/settings', page, `${page}&per_page=5`];
    const pairs = await Promise.all(
      paths.map((path) => Promise.all([timedRead(gateway, path), timedRead(plain, path)])),
    );
    for (const [answer, expected] of pairs) {
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toBe(expected.body.toString());
      took.with.push(answer.tookMs);
      took.without.push(expected.tookMs);
    }
    const { code, status } = await readiness(gateway);
    if (isOver(0.5)) states.add(`${code} ${status}`);
  }
  return { took, states };
}
