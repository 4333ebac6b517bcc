import { z } from 'zod';
import { orNull } from '../../domain/cloudflare/reported.js';

const enabledDescription = 'Whether zone-level authenticated origin pulls is on.';

export const zoneSettingsExample = { enabled: true };

/** Whether Cloudflare presents the certificates of a zone to its origins. */
export const zoneSettingsSchema = z
  .object({ enabled: orNull(z.boolean()).describe(enabledDescription) })
  .meta({ id: 'ZoneSettings' });

/** The body of an update, for the documentation only: Cloudflare validates it. */
export const updateZoneSettingsSchema = z
  .looseObject({ enabled: z.boolean().describe(enabledDescription) })
  .meta({ id: 'UpdateZoneSettings', example: zoneSettingsExample });
