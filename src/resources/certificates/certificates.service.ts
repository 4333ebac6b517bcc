import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { callOf } from '../../domain/cloudflare/operations.js';
import { hasPrivateKey } from '../../domain/x509/contents.js';

/** The client certificates of one kind in a zone. Every method resolves to Cloudflare's answer, refusals included. */
@Injectable()
export abstract class CertificatesService {
  abstract readonly kind: 'zone_certificate' | 'hostname_certificate';
  /** How many a zone may have; null if Cloudflare documents no limit. */
  abstract readonly most: number | null;

  constructor(
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  list(ctx: RequestContext, zoneId: string): Promise<Answer> {
    return this.reads.run(ctx, callOf(`${this.kind}.list`, { zone_id: zoneId }));
  }

  get(ctx: RequestContext, zoneId: string, certificateId: string): Promise<Answer> {
    const params = { zone_id: zoneId, certificate_id: certificateId };
    return this.reads.run(ctx, callOf(`${this.kind}.get`, params));
  }

  /** @throws GatewayError `private_key_in_certificate` */
  upload(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    const call = callOf(`${this.kind}.upload`, { zone_id: zoneId }, { body });
    return this.writes.run(ctx, call, () => refusePrivateKeyInCertificate(body));
  }

  delete(ctx: RequestContext, zoneId: string, certificateId: string, body?: unknown): Promise<Answer> {
    const params = { zone_id: zoneId, certificate_id: certificateId };
    return this.writes.run(ctx, callOf(`${this.kind}.delete`, params, { body }));
  }
}

@Injectable()
export class ZoneCertificates extends CertificatesService {
  override readonly kind = 'zone_certificate';
  override readonly most = null;
}

@Injectable()
export class HostnameCertificates extends CertificatesService {
  override readonly kind = 'hostname_certificate';
  override readonly most = 10;
}

/** Cloudflare would store a private key in the certificate field and return it. It validates the rest of the upload. */
function refusePrivateKeyInCertificate(body: unknown): void {
  const certificate: unknown = (body as { certificate?: unknown } | null | undefined)?.certificate;
  const text = typeof certificate === 'string' ? certificate : (JSON.stringify(certificate) ?? '');
  if (!hasPrivateKey(text)) return;
  throw new GatewayError(
    'private_key_in_certificate',
    'The certificate field holds a private key, and nothing was sent. Send the certificate alone there, and the key in private_key.',
  );
}
