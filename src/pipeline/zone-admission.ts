import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import { Places } from '../cache/place.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Answer } from '../upstream/answer.js';
import { operations } from '../upstream/operations.js';
import { Admissions, admittedForMs } from './admissions.js';
import { ReadPipeline } from './read.pipeline.js';

/** Whether Cloudflare accepts a credential for a zone: what is kept here of the zone is touched or shown only then. */
@Injectable()
export class ZoneAdmission {
  constructor(
    private readonly access: AccessService,
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
    const who = this.places.credential(this.access.allow(ctx));
    if (this.admissions.has(who, this.places.zone(zoneId))) return null;
    const read = { operation: operations['settings.get'], params: { zone_id: zoneId } };
    const known = await this.reads.run(ctx, read);
    const answer = isLongAgo(known) ? await this.reads.run(ctx, read, { refresh: true }) : known;
    // What was known before upstream failed says nothing of what it would say now.
    if (answer.cache?.how === 'stale') throw notAsked();
    if (answer.ok) return null;
    // As the answer to something that no cache has to do with.
    return new Answer(answer.status, answer.body, answer.headers, answer.envelope);
  }
}

/** Whether this answer says too little of what Cloudflare would say now, however long it may be shown. */
function isLongAgo({ cache }: Answer): boolean {
  return cache?.how === 'hit' && cache.ageSeconds * 1000 >= admittedForMs;
}

function notAsked(): GatewayError {
  const message = 'Cloudflare could not be asked whether it accepts this credential for this zone.';
  return new GatewayError('upstream_unreachable', message, { retry: true });
}
