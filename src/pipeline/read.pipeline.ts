import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import { type RequestContext } from '../context/request-context.js';
import { type Answer } from '../upstream/answer.js';
import { type Call } from '../upstream/operations.js';
import { UpstreamClient } from '../upstream/upstream.client.js';

/** Every read of Cloudflare takes these steps. */
@Injectable()
export class ReadPipeline {
  constructor(
    private readonly access: AccessService,
    private readonly upstream: UpstreamClient,
  ) {}

  /** Resolves to whatever Cloudflare answered, refusals included. @throws GatewayError */
  async run(ctx: RequestContext, call: Call): Promise<Answer> {
    const credential = this.access.allow(ctx);
    return this.upstream.send(ctx, credential, call);
  }
}
