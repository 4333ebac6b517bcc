import { describe, expect, it } from '@jest/globals';
import { type RunningGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { codeOf } from '../support/http/http.js';
import { redisFaults, urlWithPassword } from '../support/redis/redis-faults.js';
import {
  backAfterMs,
  change,
  quantile,
  readiness,
  says,
  startRedisStage,
  timedRead,
} from '../support/redis/redis-stage.js';
import { emptyZone, seededZone, zoneCertificate } from '../support/http/requests.js';

const faultLastsMs = 1200;
/** What Redis may cost a read. One in twenty is left out, since a busy machine is late by itself; bounded all the same. */
const mostExtraMs = 100;
const mostExtraOfAnyMs = 500;

const zoneQuery = `{ zone(id: "${seededZone}") { settings { enabled } } }`;

describe('A gateway whose Redis', () => {
  it.each(Object.entries(redisFaults))('%s goes on without it, and uses it again', async (name, fault) => {
    await using stage = await startRedisStage();
    const { redis, plain } = stage;
    const url = name.includes('password') ? await urlWithPassword(redis) : redis.url;
    let end = fault.fromTheStart && (await stage.cause(fault.cause));
    const strict = await stage.start({}, url);
    const relaxed = await stage.start({ CACHE_FENCE: 'relaxed' }, url);
    if (!end) {
      await Promise.all([says(strict, 'ready'), says(relaxed, 'ready')]);
      for (const path of ['', '/settings']) await timedRead(strict, path);
      end = await stage.cause(fault.cause);
    }

    const { took, states } = await readBeside(strict, plain);
    expect(quantile(took.with, 0.95) - quantile(took.without, 0.95)).toBeLessThan(mostExtraMs);
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
  });
});

/**
 * The same reads of both, each pair at the same time, for as long as a fault lasts: what they took, and what the first
 * said of itself in the second half.
 */
async function readBeside(gateway: RunningGateway, plain: RunningGateway) {
  const took: { with: number[]; without: number[] } = { with: [], without: [] };
  const states = new Set<string>();
  const startedAt = performance.now();
  const isOver = (part: number) => performance.now() - startedAt > part * faultLastsMs;
  for (let turn = 0; !isOver(1); turn += 1) {
    // Every other time the page is one that nobody has read before.
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
