import { z } from 'zod';
import { orNull } from '../certificates/certificate.schema.js';

const enabledDescription = 'Whether zone-level authenticated origin pulls is on.';

export const settingsExample = { enabled: true };

export const settingsSchema = z
  .object({ enabled: orNull(z.boolean()).describe(enabledDescription) })
  .meta({ id: 'ZoneSettings' });

/** The body of an update. It describes, and refuses nothing: what Cloudflare decides, Cloudflare decides. */
export const updateSettingsSchema = z
  .looseObject({ enabled: z.boolean().describe(enabledDescription) })
  .meta({ id: 'UpdateZoneSettings', example: settingsExample });
