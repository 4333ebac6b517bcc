import { z } from 'zod';
import { readBody } from './body.js';
import { single } from './envelope.js';
import { type Operation } from './operation.js';

const updateBody = z.object({ enabled: z.boolean() });

/** Whether the zone level is on. It may be on without a certificate [unverified]. */
export const zoneSettings: Operation[] = [
  {
    name: 'settings.get',
    method: 'GET',
    path: '/settings',
    run: (zone) => single({ enabled: zone.enabled }),
  },
  {
    name: 'settings.update',
    method: 'PUT',
    path: '/settings',
    run: (zone, call) => {
      zone.enabled = readBody(updateBody, call.body).enabled;
      return single({ enabled: zone.enabled });
    },
  },
];
