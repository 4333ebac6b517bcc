import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import { Places } from '../cache/place.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Metrics } from '../metrics/metrics.js';
import { type Answer } from '../upstream/answer.js';
import { type Call, questionOf } from '../upstream/operations.js';
import { AskUpstream } from './ask-upstream.js';

/** What one request may read; what it asks for is bounded before, what that leads to is not. */
const mostReads = 100;

/** Every read of Cloudflare takes these steps. */
@Injectable()
export class ReadPipeline {
  constructor(
    private readonly access: AccessService,
    private readonly places: Places,
    private readonly cache: ZoneCache,
    private readonly upstream: AskUpstream,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Resolves to whatever Cloudflare answered, refusals included. What a request reads twice, it reads once.
   *
   * @param options.refresh what is kept is not good enough, nor what this request has read
   * @throws GatewayError
   */
  run(ctx: RequestContext, call: Call, { refresh = false } = {}): Promise<Answer> {
    const question = questionOf(call, ctx.apiVersion);
    const begun = ctx.reads.get(question) as Promise<Answer> | undefined;
    if (begun && !refresh) return begun;
    const read = this.read(ctx, call, question, refresh || ctx.wantsFresh);
    ctx.reads.set(question, read);
    return read;
  }

  private async read(ctx: RequestContext, call: Call, question: string, refresh: boolean): Promise<Answer> {
    const credential = this.access.allow(ctx);
    if (ctx.reads.size >= mostReads) {
      throw new GatewayError('too_many_calls', `One request may ask Cloudflare at most ${mostReads} things.`);
    }
    const answer = await this.cache.read({
      place: this.places.of(credential, call.params.zone_id, question),
      operation: call.operation,
      refresh,
      fetch: () => this.upstream.send(ctx, credential, call),
    });
    if (answer.cache) {
      ctx.cacheOutcomes.push(answer.cache);
      this.metrics.read(call.operation.name, answer.cache.how);
    }
    return answer;
  }
}
