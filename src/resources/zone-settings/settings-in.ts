import { resultOf, unreadable } from '../../api/graphql/results/results.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { zoneSettingsSchema } from './zone-settings.schema.js';
import { ZoneSettings } from './zone-settings.types.js';

/**
 * The settings in an answer. Null stands for Cloudflare's default, which is off.
 *
 * @throws GraphQLError if the answer does not say whether the zone level is on
 */
export function settingsIn(answer: Answer, zoneId: string): ZoneSettings {
  const { enabled } = resultOf(answer, zoneSettingsSchema);
  const [item] = [answer.envelope.result].flat();
  if (!('enabled' in (item as object))) throw unreadable(answer, 'settings that do not say whether it is on');
  return Object.assign(new ZoneSettings(), { zoneId, enabled: enabled ?? false });
}
