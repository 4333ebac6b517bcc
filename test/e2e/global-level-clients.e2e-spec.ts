import { describe, expect, it } from '@jest/globals';
import { decoded } from '../support/clients/decode.js';
import {
  go0,
  goSdks,
  pythonSdks,
  sending,
  terraform4,
  terraform5,
} from '../support/clients/other-clients.js';
import { globalLevelModel, terraform4Resources } from '../support/clients/terraform-v4.js';
import { sharedStage } from '../support/gateway/stage.js';
import { emptyZone, globalLevelOf, pathOf, tokenWithoutZoneSettings } from '../support/http/requests.js';

const aStage = sharedStage();
const path = globalLevelOf(emptyZone);
const clients = [go0, ...goSdks.slice(-1), ...pythonSdks, terraform4, terraform5];

describe('The global level', () => {
  it.each(clients)('$name $version switches it and reads it', async (client) => {
    const stage = await aStage();
    const send = sending(client, stage);
    for (const value of ['on', 'off']) {
      for (const answer of [await send('PATCH', path, { value }), await send('GET', path)]) {
        expect(answer).toMatchObject({ status: 200, attempts: 1, envelope: { success: true, errors: [] } });
        expect(decoded(globalLevelModel, answer.envelope.result)).toEqual({
          id: 'tls_client_auth',
          value,
          editable: true,
          modified_on: expect.any(String),
        });
      }
    }
    expect((await stage.sandbox.calls())['unrouted']).toBeUndefined();
  });

  it('A resource of Terraform v4 without a certificate is created, imported and destroyed', async () => {
    const { globalLevel } = terraform4Resources(sending(terraform4, await aStage()), emptyZone);
    expect(await globalLevel.import()).toBe(false);
    expect(await globalLevel.put(true)).toBe(true);
    expect(await globalLevel.import()).toBe(true);
    expect(await globalLevel.put(false)).toBe(false);
  });

  it('cloudflare_zone_setting of Terraform v5 names the setting in the body too', async () => {
    const send = sending(terraform5, await aStage());
    const answer = await send('PATCH', path, { id: 'tls_client_auth', value: 'on' });
    expect(answer).toMatchObject({ status: 200, envelope: { result: { value: 'on' } } });
  });

  it.each(clients)(
    '$name is refused without the permission, at once, and goes on with the rest',
    async (client) => {
      const send = sending(client, await aStage(), { Authorization: `Bearer ${tokenWithoutZoneSettings}` });
      for (const answer of [await send('GET', path), await send('PATCH', path, { value: 'on' })]) {
        expect(answer).toMatchObject({ status: 403, attempts: 1, envelope: { errors: [{ code: 9109 }] } });
      }
      expect((await send('PUT', pathOf('/settings', emptyZone), { enabled: true })).status).toBe(200);
    },
  );

  it.each([
    { client: go0, attempts: 2, status: 200 },
    ...goSdks.map((client) => ({ client, attempts: 1, status: 504 })),
    { client: terraform5, attempts: 1, status: 504 },
  ])(
    'Of a change with an unknown outcome $client.name $client.version sends $attempts',
    async ({ client, attempts, status }) => {
      const stage = await aStage();
      const lost = { operation: 'global_level.update', count: 1, action: { drop: 'after' } };
      await stage.sandbox.faults({ rules: [lost as never] });
      expect(await sending(client, stage)('PATCH', path, { value: 'on' })).toMatchObject({
        status,
        attempts,
      });
    },
  );
});
