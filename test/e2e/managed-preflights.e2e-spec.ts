import { describe, expect, it } from '@jest/globals';
import { startManagedStage } from '../support/access/managed-stage.js';
import { call } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';

const origin = 'https://app.example.com';
const paths = ['/graphql', `/client/v4${pathOf('/settings')}`, '/v1/me', '/audit/events'];
const preflight = (from: string) => ({
  origin: from,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
});

describe('Preflights in managed mode', () => {
  it('A preflight, which has no credential, is answered, and only for allowed origins with CORS headers', async () => {
    await using stage = await startManagedStage({}, { CORS_ORIGINS: new Set([origin]) });
    for (const path of paths) {
      for (const from of [origin, 'https://evil.example']) {
        const { status, headers } = await call(stage.gateway.url + path, 'OPTIONS', {
          headers: preflight(from),
        });
        const allowed = headers['access-control-allow-origin'];
        expect([path, status, allowed]).toEqual([path, 204, from === origin ? origin : undefined]);
      }
    }
  });

  it('An OPTIONS request that is no preflight is answered, and touches nothing', async () => {
    await using stage = await startManagedStage({}, { CORS_ORIGINS: new Set([origin]) });
    for (const path of paths) {
      const { status, body } = await call(stage.gateway.url + path, 'OPTIONS', { headers: { origin } });
      expect([path, status, body.toString()]).toEqual([path, 204, '']);
    }
  });

  it('Without CORS_ORIGINS a preflight gets 405, as in pass-through', async () => {
    await using stage = await startManagedStage();
    for (const path of paths) {
      const { status } = await call(stage.gateway.url + path, 'OPTIONS', { headers: preflight(origin) });
      expect([path, status]).toEqual([path, 405]);
    }
  });
});
