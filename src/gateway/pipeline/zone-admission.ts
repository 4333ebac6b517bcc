import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { Places } from '../cache/place.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { admittingReads, type PermissionArea } from '../../domain/cloudflare/operations.js';
import { Admissions, admittedForMs } from './admissions.js';
import { ReadPipeline } from './read.pipeline.js';
import { TokenVerification } from './token-verification.js';

/** Whether Cloudflare accepts a credential for a zone: only then its cache may be changed and its audit events shown. */
@Injectable()
export class ZoneAdmission {
  constructor(
    private readonly access: AccessPolicy,
    private readonly admissions: Admissions,
    private readonly reads: ReadPipeline,
    private readonly places: Places,
    private readonly tokens: TokenVerification,
  ) {}

  /**
   * Resolves to null if Cloudflare has accepted the credential within `admittedForMs`, else to its refusal.
   *
   * @param area what the change needs a permission for
   * @throws GatewayError if Cloudflare cannot be asked
   */
  async admit(ctx: RequestContext, zoneId: string, area: PermissionArea): Promise<Answer | null> {
    // The gateway has decided already.
    if (!this.access.isUpToCloudflare) return null;
    const read = { operation: admittingReads[area], params: { zone_id: zoneId } };
    const credential = this.access.allow(ctx, read);
    // Beside the read below: who asks for admission is recorded next.
    this.tokens.begin(ctx, credential);
    const who = this.places.credential(credential);
    if (this.admissions.has(who, this.places.zone(zoneId), area)) return null;
    const known = await this.reads.run(ctx, read);
    const answer = isOld(known) ? await this.reads.run(ctx, read, { refresh: true }) : known;
    // A stale answer does not show Cloudflare's present answer.
    if (answer.cache?.how === 'stale') {
      const message = 'Cloudflare could not be asked whether it accepts this credential for this zone.';
      throw new GatewayError('upstream_unreachable', message, { retry: true });
    }
    if (answer.ok) return null;
    // Without the outcome of the cache, because it becomes the answer to a change.
    return new Answer(answer.status, answer.body, answer.headers, answer.envelope).to(read.operation);
  }
}

/** Whether a fresh answer is too old to show Cloudflare's present answer. */
function isOld({ cache }: Answer): boolean {
  return cache?.how === 'hit' && cache.ageSeconds * 1000 >= admittedForMs;
}
