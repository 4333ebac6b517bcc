import { type Places } from '../cache/place.js';
import { type ZoneCache } from '../cache/zone-cache.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { lacksRarePermission, refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';
import { type Admissions } from './admissions.js';

/** Sends a call on a zone, and heeds what its answer says of the credential. */
type Heed = (who: string, call: Call, send: () => Promise<Answer>) => Promise<Answer>;

/**
 * A credential that Cloudflare accepts is admitted to the zone, for changes that need the same permission; one that it refuses
 * loses its admissions and its cache entries. One that lacks a rare permission loses the admission of that permission alone.
 *
 * @param areVerified whether the credentials are those of the gateway, which Cloudflare has verified
 */
export function heedRefusals(
  cache: ZoneCache,
  places: Places,
  admissions: Admissions,
  areVerified: boolean,
): Heed {
  /** A store that is unavailable serves no reads either. */
  const forget = async (who: string, zone?: string): Promise<void> => {
    admissions.forget(who, zone);
    await cache.forget(who, zone).catch(() => undefined);
  };

  /** A credential that may not change a zone may still read it. */
  const heed = async (who: string, { operation, params }: Call, outcome: unknown): Promise<void> => {
    const said = saidBy(outcome);
    const zone = places.zone(params.zone_id);
    const isRead = operation.kind === 'read';
    if (lacksRarePermission(said, operation)) {
      if (isRead) admissions.forgetArea(who, zone, operation.area);
      return;
    }
    const refusal = refusalIn(said, areVerified);
    if (refusal === 'of the credential') await forget(who);
    if (refusal === 'in the zone' && isRead) await forget(who, zone);
  };

  return async (who, call, send) => {
    try {
      const answer = await send();
      if (answer.ok) admissions.note(who, places.zone(call.params.zone_id), call.operation.area);
      else await heed(who, call, answer);
      return answer;
    } catch (error) {
      await heed(who, call, error);
      throw error;
    }
  };
}
