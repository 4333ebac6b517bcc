import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { type Association, Associations } from '../associations/associations.js';
import { Hostname } from '../hostnames/hostnames.types.js';

/** The hostnames that use a hostname certificate. */
@Injectable()
export class HostnamesInUse {
  /** One object for each hostname, shared by all certificates and aliases that lead to it. */
  private readonly made = new WeakMap<readonly Association[], Hostname[]>();

  constructor(private readonly associations: Associations) {}

  /** @param certificateId Cloudflare's */
  async of(ctx: RequestContext, zoneId: string, certificateId: string): Promise<Hostname[]> {
    const using = await this.associations.using(ctx, zoneId, certificateId);
    const hostnames = this.made.get(using) ?? using.map((each) => Hostname.fromList(zoneId, each));
    this.made.set(using, hostnames);
    return hostnames;
  }
}
