import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { AccessService } from '../access/access.service.js';
import { type Credential } from '../access/credential.js';
import { type RequestContext } from '../context/request-context.js';
import { type Answer } from '../upstream/answer.js';
import { type Call } from '../upstream/operations.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { InFlight } from './in-flight.js';

/** Every change at Cloudflare takes these steps. */
@Injectable()
export class WritePipeline {
  constructor(
    private readonly access: AccessService,
    private readonly upstream: UpstreamClient,
    private readonly inFlight: InFlight,
  ) {}

  /**
   * Resolves to whatever Cloudflare answered, refusals included.
   *
   * @param check refuses by throwing, once it is known that the caller may call at all
   * @throws GatewayError
   */
  async run(ctx: RequestContext, call: Call, check?: () => void): Promise<Answer> {
    const credential = this.access.allow(ctx);
    check?.();
    ctx.operationId = uuidv7();
    return this.inFlight.track(this.change(ctx, credential, call));
  }

  private async change(ctx: RequestContext, credential: Credential, call: Call): Promise<Answer> {
    try {
      return await this.upstream.send(ctx, credential, call);
    } finally {
      // What this request has read may be as it was before.
      ctx.reads.clear();
    }
  }
}
