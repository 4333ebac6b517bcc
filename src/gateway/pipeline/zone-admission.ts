import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { Places } from '../cache/place.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { Admissions, admittedForMs } from './admissions.js';
import { ReadPipeline } from './read.pipeline.js';

/** Whether Cloudflare accepts a credential for a zone. Only then the cache of the zone may be changed, and its audit events shown. */
@Injectable()
export class ZoneAdmission {
  constructor(
    private readonly access: AccessPolicy,
    private readonly admissions: Admissions,
    private readonly reads: ReadPipeline,
    private readonly places: Places,
  ) {}

  /**
   * Resolves to null where Cloudflare has accepted the credential within `admittedForMs`, else to its refusal.
   *
   * @throws GatewayError where Cloudflare cannot be asked
   */
  async admit(ctx: RequestContext, zoneId: string): Promise<Answer | null> {
    const read = { operation: operations['settings.get'], params: { zone_id: zoneId } };
    const who = this.places.credential(this.access.allow(ctx, read).credential);
    if (this.admissions.has(who, this.places.zone(zoneId))) return null;
    const known = await this.reads.run(ctx, read);
    const answer = isLongAgo(known) ? await this.reads.run(ctx, read, { refresh: true }) : known;
    // A stale answer does not tell what Cloudflare would answer now.
    if (answer.cache?.how === 'stale') throw notAsked();
    if (answer.ok) return null;
    // Without how the read came about: it is the answer to a change.
    return new Answer(answer.status, answer.body, answer.headers, answer.envelope);
  }
}

/** Whether the answer is too old to tell what Cloudflare would answer now, even if it is fresh. */
function isLongAgo({ cache }: Answer): boolean {
  return cache?.how === 'hit' && cache.ageSeconds * 1000 >= admittedForMs;
}

function notAsked(): GatewayError {
  const message = 'Cloudflare could not be asked whether it accepts this credential for this zone.';
  return new GatewayError('upstream_unreachable', message, { retry: true });
}
