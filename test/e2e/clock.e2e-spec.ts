import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startGateway } from '../support/gateway/gateway.js';
import { call, type Reply } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { caches } from '../support/cache/stores.js';

const hourMs = 3_600_000;

/** As an operator or NTP sets it. */
function setTheClock(aheadMs: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(caches)('A system clock that is set, with a cache %s', (_, startCache) => {
  it.each([
    ['back', -hourMs],
    ['forward', hourMs],
  ])(
    'A clock that is set %s by an hour changes neither the lifetime nor the age of an entry',
    async (_, aheadMs) => {
      const cache = await startCache();
      const sandbox = await startSandbox();
      const gateway = await startGateway({
        upstream: sandbox.url,
        ...cache.settings,
        CACHE_TTL_ITEM_SECONDS: 2,
      });
      const read = (): Promise<Reply> => call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
      await read();
      await sandbox.faults({ rules: [{ action: { refuseToken: true } }] });

      setTheClock(aheadMs);
      const hit = await read();
      await sleep(2050);
      const refused = await read();
      const audit = await call(`${gateway.url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer });

      expect(hit.headers['cache-status']).toMatch(/^origin-pulls-gateway; hit; ttl=[01]$/);
      expect(hit.headers['age']).toBe('0');
      expect(refused.status).toBe(403);
      expect(audit.status).toBe(403);
      await gateway.close();
      await sandbox.close();
      await cache.close();
    },
  );
});
