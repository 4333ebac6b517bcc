import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { call } from '../support/http/http.js';
import { type RedisStage, says, startRedisStage } from '../support/redis/redis-stage.js';
import { bearer, hostnameCertificateInUse, pathOf } from '../support/http/requests.js';

let stage: RedisStage;
beforeAll(async () => void (stage = await startRedisStage()), 120_000);
afterAll(async () => stage?.[Symbol.asyncDispose]());

/** How often Redis has run a command, in scripts too. */
async function callsOf(command: string): Promise<number> {
  const stats = String(await stage.redis.run('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

it('A change of 90 hostnames takes no lock for the reads before it', async () => {
  const gateway = await stage.start();
  await says(gateway, 'ready');
  const config = Array.from({ length: 90 }, (_, index) => ({
    hostname: `host-${index}.example.com`,
    cert_id: hostnameCertificateInUse,
    enabled: true,
  }));
  const change = () =>
    call(gateway.base + pathOf('/hostnames'), 'PUT', { headers: bearer, body: { config } });
  // The first one also asks Cloudflare whether it accepts the credential, which takes a lock.
  expect((await change()).status).toBe(200);
  await stage.redis.run('CONFIG', 'RESETSTAT');

  expect((await change()).status).toBe(200);

  expect(await callsOf('zcount')).toBeGreaterThanOrEqual(90);
  // The probe of Redis' health sets and deletes a key as well.
  expect(await callsOf('set')).toBeLessThan(10);
  expect(await callsOf('del')).toBeLessThan(10);
});
