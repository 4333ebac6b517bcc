import { z } from 'zod';
import { readBody } from './body.js';
import { single } from './envelope.js';
import { type Operation, ORIGIN_PULLS } from './operation.js';

const updateBody = z.object({ enabled: z.boolean() });

/** Whether the zone level is on. It may be on without a certificate [unverified]. */
export const zoneSettings: Operation[] = [
  {
    name: 'settings.get',
    method: 'GET',
    path: `${ORIGIN_PULLS}/settings`,
    run: (zone) => single({ enabled: zone.enabled }),
  },
  {
    name: 'settings.update',
    method: 'PUT',
    path: `${ORIGIN_PULLS}/settings`,
    run: (zone, call) => {
      zone.enabled = readBody(updateBody, call.body).enabled;
      return single({ enabled: zone.enabled });
    },
  },
];
