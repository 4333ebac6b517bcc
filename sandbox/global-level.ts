import { z } from 'zod';
import { readBody } from './body.js';
import { single } from './envelope.js';
import { refusals } from './errors.js';
import { type Operation } from './operation.js';
import { type Zone } from './zone.js';

const updateBody = z.looseObject({});
const value = z.enum(['on', 'off']);

/** The level of Cloudflare's own certificate: the zone setting `tls_client_auth` [docs]. */
const id = 'tls_client_auth';
const path = `/settings/${id}`;

export const globalLevel: Operation[] = [
  {
    name: 'global_level.get',
    method: 'GET',
    path,
    isZoneSetting: true,
    run: (zone) => single(present(zone)),
  },
  {
    name: 'global_level.update',
    method: 'PATCH',
    path,
    isZoneSetting: true,
    run: (zone, call) => {
      const asked = value.safeParse(readBody(updateBody, call.body)['value']);
      if (!asked.success) throw refusals.invalidSettingValue(id);
      zone.globalLevel = { value: asked.data, modifiedOn: new Date(call.now).toISOString() };
      return single(present(zone));
    },
  },
];

/** The members are [docs]. That the setting can be changed in every plan is [docs] of origin pulls; the OpenAPI document differs. */
function present({ globalLevel: { value: now, modifiedOn } }: Zone): object {
  return { id, value: now, editable: true, modified_on: modifiedOn };
}
