import { Injectable } from '@nestjs/common';
import { type Credential } from '../access/credential-from.js';
import { Places } from '../cache/place.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { type RequestContext } from '../request/request-context.js';
import { type Answer } from '../upstream/answer.js';
import { type Call } from '../upstream/operations.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { refusalIn, saidBy } from '../upstream/verdict.js';
import { Admissions } from './admissions.js';

/** One call upstream, and what its answer says of the credential: one that is refused loses what was kept for it. */
@Injectable()
export class AskUpstream {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly cache: ZoneCache,
    private readonly places: Places,
    private readonly admissions: Admissions,
  ) {}

  async send(ctx: RequestContext, credential: Credential, call: Call): Promise<Answer> {
    const who = this.places.credential(credential);
    try {
      const answer = await this.upstream.send(ctx, credential, call, who);
      if (answer.ok) this.admissions.note(who, this.places.zone(call.params.zone_id));
      else await this.heed(who, call, answer);
      return answer;
    } catch (error) {
      await this.heed(who, call, error);
      throw error;
    }
  }

  /** A refusal counts in whatever form it comes. That a credential may not change a zone says nothing of reading it. */
  private async heed(who: string, { operation, params }: Call, outcome: unknown): Promise<void> {
    const refusal = refusalIn(saidBy(outcome));
    if (refusal === 'of the credential') await this.forget(who);
    if (refusal === 'in the zone' && operation.kind === 'read') {
      await this.forget(who, this.places.zone(params.zone_id));
    }
  }

  /** A store that cannot be asked holds nothing that can be read either. */
  private async forget(who: string, zone?: string): Promise<void> {
    this.admissions.forget(who, zone);
    await this.cache.forget(who, zone).catch(() => undefined);
  }
}
