import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  certificateExample,
  hostnameCertificateSchema,
  uploadSchema,
} from '../certificates/certificate.schema.js';
import { HostnameCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { BodyLimit } from '../../api/http/body-limit.js';
import { CertificateId, ZoneId } from '../../api/rest/identifiers.decorator.js';
import { basePath, CloudflareRoute, described } from '../../api/rest/openapi.js';

@ApiTags('Hostname certificates')
@Controller(basePath)
export class HostnameCertificatesController {
  constructor(private readonly certificates: HostnameCertificates) {}

  @CloudflareRoute('hostname_certificate.list', {
    summary: 'List the hostname certificates of a zone',
    result: hostnameCertificateSchema.array(),
    example: [certificateExample],
  })
  list(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.certificates.list(ctx, zoneId);
  }

  @CloudflareRoute('hostname_certificate.get', {
    summary: 'Get a hostname certificate',
    result: hostnameCertificateSchema,
    example: certificateExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @CertificateId() certificateId: string) {
    return this.certificates.get(ctx, zoneId, certificateId);
  }

  @BodyLimit(128 * 1024)
  @CloudflareRoute('hostname_certificate.upload', {
    summary: 'Upload a certificate for hostnames',
    result: hostnameCertificateSchema,
    example: { ...certificateExample, status: 'pending_deployment' },
  })
  upload(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @Body(described(uploadSchema)) body: unknown) {
    return this.certificates.upload(ctx, zoneId, body);
  }

  @CloudflareRoute('hostname_certificate.delete', {
    summary: 'Delete a hostname certificate',
    result: hostnameCertificateSchema,
    example: { ...certificateExample, status: 'pending_deletion' },
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
