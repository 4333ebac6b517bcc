import { describe, expect, it } from '@jest/globals';
import { startCaching } from '../support/cache/caching.js';
import {
  globalLevel,
  onChanges,
  patch,
  put,
  refusing,
  settings,
  told,
  withoutPermission,
} from '../support/cache/global-level.js';
import { isHit } from '../support/cache/rest-caching.js';
import { sharedStage } from '../support/gateway/stage.js';
import { mutate } from '../support/graphql/graphql.js';
import { bearer, globalLevelOf, pathOf, seededZone } from '../support/http/requests.js';

const aStage = sharedStage();

describe('Changes and the permission Zone Settings', () => {
  it('An accepted read of the global level does not admit a change of the settings', async () => {
    const stage = await aStage();
    await stage.ask('GET', globalLevelOf());

    expect((await stage.ask('PUT', pathOf('/settings'), { body: { enabled: true } })).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({
      'global_level.get': 1,
      'settings.get': 1,
      'settings.update': 1,
    });
  });

  it('An accepted read or change of the settings does not admit a change of the global level', async () => {
    const stage = await aStage();
    await stage.ask('PUT', pathOf('/settings'), { body: { enabled: true } });

    expect((await stage.ask('PATCH', globalLevelOf(), { body: { value: 'off' } })).status).toBe(200);
    expect((await stage.ask('PATCH', globalLevelOf(), { body: { value: 'on' } })).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({
      'settings.get': 1,
      'settings.update': 1,
      'global_level.get': 1,
      'global_level.update': 2,
    });
  });

  it('A change without the permission is refused by the read before it, and not sent', async () => {
    await using stage = await startCaching();

    for (let time = 0; time < 2; time += 1)
      expect(told(await patch(stage, withoutPermission))).toEqual([403, 9109]);
    const { payload, errors } = await mutate(
      stage.gateway,
      'updateGlobalLevel',
      { zoneId: seededZone, enabled: true },
      withoutPermission,
    );

    expect(errors).toEqual([]);
    expect(payload).toMatchObject({
      globalLevel: null,
      userErrors: [
        {
          code: 'PERMISSION_MISSING',
          message: expect.stringMatching(/needs the permission Zone Settings Write/),
          upstreamCode: 9109,
        },
      ],
    });
    // The read is kept, and answers the other changes.
    expect(await stage.sandbox.calls()).toEqual({ 'global_level.get': 1 });
  });

  it('A refused change of the global level holds up no change that needs another permission', async () => {
    await using stage = await startCaching();
    await Promise.all([globalLevel(stage, bearer), settings(stage, bearer)]);
    await stage.sandbox.faults(onChanges(refusing(403, 9109)));

    const replies = [await patch(stage, bearer), await put(stage, bearer), await patch(stage, bearer)];

    expect(replies.map(({ status }) => status)).toEqual([403, 200, 403]);
    // The second refusal is the first one, repeated.
    expect(await stage.sandbox.calls()).toEqual({
      'global_level.get': 1,
      'settings.get': 1,
      'global_level.update': 1,
      'settings.update': 1,
    });
  });

  it.each([9109, 10000])(
    'A change that is refused with 403 and %d ends nothing that is kept',
    async (code) => {
      await using stage = await startCaching();
      await Promise.all([globalLevel(stage, bearer), settings(stage, bearer)]);
      await stage.sandbox.faults(onChanges(refusing(403, code)));

      expect(told(await patch(stage, bearer))).toEqual([403, code]);

      expect([await globalLevel(stage, bearer), await settings(stage, bearer)].map(isHit)).toEqual([
        true,
        true,
      ]);
    },
  );
});
