import { type Places } from '../cache/place.js';
import { type ZoneCache } from '../cache/zone-cache.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';
import { type Admissions } from './admissions.js';

/** Sends a call on a zone, and heeds what its answer says of the credential. */
type Heed = (who: string, call: Call, send: () => Promise<Answer>) => Promise<Answer>;

/** A credential that Cloudflare accepts is admitted to the zone; one that it refuses loses its admission and its cache entries. */
export function heedRefusals(cache: ZoneCache, places: Places, admissions: Admissions): Heed {
  /** A store that is unavailable serves no reads either. */
  const forget = async (who: string, zone?: string): Promise<void> => {
    admissions.forget(who, zone);
    await cache.forget(who, zone).catch(() => undefined);
  };

  /** A credential that may not change a zone may still read it. */
  const heed = async (who: string, { operation, params }: Call, outcome: unknown): Promise<void> => {
    const refusal = refusalIn(saidBy(outcome));
    if (refusal === 'of the credential') await forget(who);
    if (refusal === 'in the zone' && operation.kind === 'read')
      await forget(who, places.zone(params.zone_id));
  };

  return async (who, call, send) => {
    try {
      const answer = await send();
      if (answer.ok) admissions.note(who, places.zone(call.params.zone_id));
      else await heed(who, call, answer);
      return answer;
    } catch (error) {
      await heed(who, call, error);
      throw error;
    }
  };
}
