import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  uploadSchema,
  zoneCertificateExample,
  zoneCertificateSchema,
} from '../certificates/certificate.schema.js';
import { ZoneCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { BodyLimit } from '../../api/http/body-limit.js';
import { CertificateId, ZoneId } from '../../api/rest/identifiers.decorator.js';
import { basePath, CloudflareRoute, described } from '../../api/rest/openapi.js';

@ApiTags('Zone certificates')
@Controller(basePath)
export class ZoneCertificatesController {
  constructor(private readonly certificates: ZoneCertificates) {}

  @CloudflareRoute('zone_certificate.list', {
    summary: 'List the certificates of a zone',
    result: zoneCertificateSchema.array(),
    example: [zoneCertificateExample],
  })
  list(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.certificates.list(ctx, zoneId);
  }

  @CloudflareRoute('zone_certificate.get', {
    summary: 'Get a certificate of a zone',
    result: zoneCertificateSchema,
    example: zoneCertificateExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @CertificateId() certificateId: string) {
    return this.certificates.get(ctx, zoneId, certificateId);
  }

  @BodyLimit(128 * 1024)
  @CloudflareRoute('zone_certificate.upload', {
    summary: 'Upload a certificate for a zone',
    result: zoneCertificateSchema,
    example: { ...zoneCertificateExample, status: 'pending_deployment' },
  })
  upload(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @Body(described(uploadSchema)) body: unknown) {
    return this.certificates.upload(ctx, zoneId, body);
  }

  @CloudflareRoute('zone_certificate.delete', {
    summary: 'Delete a certificate of a zone',
    result: zoneCertificateSchema,
    example: { ...zoneCertificateExample, status: 'pending_deletion' },
  })
  delete(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @CertificateId() certificateId: string,
    @Body() body: unknown,
  ) {
    return this.certificates.delete(ctx, zoneId, certificateId, body);
  }
}
