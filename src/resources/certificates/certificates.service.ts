import { type RequestContext } from '../../gateway/request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { type WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { mentionsPrivateKey } from '../../domain/x509/contents.js';

export type CertificateKind = 'zone_certificate' | 'hostname_certificate';

/** The client certificates of one kind in a zone. Every method resolves to Cloudflare's answer, refusals included. */
export class CertificatesService {
  constructor(
    private readonly kind: CertificateKind,
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  list(ctx: RequestContext, zoneId: string): Promise<Answer> {
    return this.reads.run(ctx, {
      operation: operations[`${this.kind}.list`],
      params: { zone_id: zoneId },
    });
  }

  get(ctx: RequestContext, zoneId: string, certificateId: string): Promise<Answer> {
    return this.reads.run(ctx, {
      operation: operations[`${this.kind}.get`],
      params: { zone_id: zoneId, certificate_id: certificateId },
    });
  }

  /** @throws GatewayError `private_key_in_certificate` */
  upload(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    const operation = operations[`${this.kind}.upload`];
    return this.writes.run(ctx, { operation, params: { zone_id: zoneId }, body }, () =>
      refusePrivateKeyInCertificate(body),
    );
  }

  delete(ctx: RequestContext, zoneId: string, certificateId: string, body?: unknown): Promise<Answer> {
    return this.writes.run(ctx, {
      operation: operations[`${this.kind}.delete`],
      params: { zone_id: zoneId, certificate_id: certificateId },
      body,
    });
  }
}

/** Cloudflare would store a private key in the certificate field and return it. It validates the rest of the upload. */
function refusePrivateKeyInCertificate(body: unknown): void {
  const certificate: unknown = (body as { certificate?: unknown } | null | undefined)?.certificate;
  if (certificate === undefined || !mentionsPrivateKey(JSON.stringify(certificate) ?? '')) return;
  throw new GatewayError(
    'private_key_in_certificate',
    'The certificate field holds a private key, and nothing was sent. Send the certificate alone there, and the key in private_key.',
  );
}
