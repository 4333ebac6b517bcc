import { Injectable } from '@nestjs/common';
import { refusePrivateKeyInCertificate } from '../x509/private-key-in-certificate.js';
import { type RequestContext } from '../context/request-context.js';
import { ReadPipeline } from '../pipeline/read.pipeline.js';
import { WritePipeline } from '../pipeline/write.pipeline.js';
import { type Answer } from '../upstream/answer.js';
import { operations } from '../upstream/operations.js';

/** The client certificates of a zone as a whole. Every method resolves to Cloudflare's answer, refusals included. */
@Injectable()
export class ZoneCertificatesService {
  constructor(
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  list(ctx: RequestContext, zoneId: string): Promise<Answer> {
    return this.reads.run(ctx, {
      operation: operations['zone_certificate.list'],
      params: { zone_id: zoneId },
    });
  }

  get(ctx: RequestContext, zoneId: string, certificateId: string): Promise<Answer> {
    return this.reads.run(ctx, {
      operation: operations['zone_certificate.get'],
      params: { zone_id: zoneId, certificate_id: certificateId },
    });
  }

  /** @throws GatewayError `private_key_in_certificate` */
  upload(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    const operation = operations['zone_certificate.upload'];
    return this.writes.run(ctx, { operation, params: { zone_id: zoneId }, body }, () =>
      refusePrivateKeyInCertificate(body),
    );
  }

  delete(ctx: RequestContext, zoneId: string, certificateId: string, body?: unknown): Promise<Answer> {
    return this.writes.run(ctx, {
      operation: operations['zone_certificate.delete'],
      params: { zone_id: zoneId, certificate_id: certificateId },
      body,
    });
  }
}
