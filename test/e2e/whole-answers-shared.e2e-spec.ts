import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WholeReads } from '../../src/gateway/pipeline/whole-reads.js';
import { type RunningGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { type RedisStage, startRedisStage } from '../support/redis/redis-stage.js';

const zones = Array.from({ length: 20 }, (_, number) => number.toString(16).padStart(32, 'c'));
const query = `{ ${zones.map((id, number) => `z${number}: zone(id: "${id}") { settings { enabled } }`).join(' ')} }`;

type Shown = Record<string, { settings: { enabled: boolean } }>;

describe('Whole answers of two gateways on one Redis', () => {
  let stage: RedisStage;
  let one: RunningGateway;
  let other: RunningGateway;
  beforeAll(async () => {
    stage = await startRedisStage({ anyZone: true });
    [one, other] = [await stage.start(), await stage.start()];
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await stage?.[Symbol.asyncDispose]();
  });

  it('The next answer over 20 zones shows the change of one of them by the other gateway', async () => {
    const given = jest.spyOn(WholeReads.prototype, 'count');
    const untilWhole = async () => {
      for (let attempt = 0; attempt < 50; attempt += 1) {
        given.mockClear();
        await ask<Shown>(one, query);
        if (given.mock.calls.length > 0) return;
      }
      throw new Error('The answer is not given whole.');
    };
    const shown = async () => {
      const { data, errors } = await ask<Shown>(one, query);
      expect(errors).toEqual([]);
      return zones.map((_, number) => data?.[`z${number}`]?.settings.enabled);
    };
    const expected = await shown();
    for (const number of [0, 7, 19, 7]) {
      await untilWhole();
      expected[number] = !expected[number];
      const path = pathOf('/settings', zones[number]);
      // What Cloudflare has accepted the credential for, so that the change is sent at once.
      await call(other.base + path, 'GET', { headers: bearer });
      const body = { enabled: expected[number] };
      const changed = await call(other.base + path, 'PUT', { headers: bearer, body });
      expect(changed.status).toBe(200);
      expect(await shown()).toEqual(expected);
    }
  });
});
