import { Injectable } from '@nestjs/common';
import { type Credential } from '../access/credential.js';
import { Places } from '../cache/place.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { type RequestContext } from '../context/request-context.js';
import { type Answer } from '../upstream/answer.js';
import { type Call } from '../upstream/operations.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { Admissions } from './admissions.js';

/** Cloudflare does not know the credential, or not any more: nothing may be read with it. */
const unknownCredential = [6003, 9103, 9109, 10001];
/** "Authentication error": it may not read this zone. */
const noPermission = 10000;

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
    const answer = await this.upstream.send(ctx, credential, call, this.places.credential(credential));
    const who = this.places.credential(credential);
    const zone = this.places.zone(call.params.zone_id);
    if (answer.ok) this.admissions.note(who, zone);
    else if (isUnknown(answer)) await this.forget(who);
    else if (call.operation.kind === 'read' && answer.status === 403 && hasCode(answer, noPermission)) {
      await this.forget(who, zone);
    }
    return answer;
  }

  /** A store that cannot be asked holds nothing that can be read either. */
  private async forget(who: string, zone?: string): Promise<void> {
    this.admissions.forget(who, zone);
    await this.cache.forget(who, zone).catch(() => undefined);
  }
}

function isUnknown(answer: Answer): boolean {
  return answer.status === 401 || unknownCredential.some((code) => hasCode(answer, code));
}

/** By the code alone: a refusal without a text is one all the same. */
function hasCode({ envelope }: Answer, code: number): boolean {
  const errors: unknown[] = Array.isArray(envelope.errors) ? envelope.errors : [];
  return errors.some((error) => (error as { code?: unknown } | null)?.code === code);
}
