import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { uploadSchema } from '../certificates/certificate.schema.js';
import { InjectCertificates } from '../certificates/certificates.module.js';
import { CertificatesService } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { BodyLimit } from '../../api/http/body-limit.js';
import { CertificateId, ZoneId } from '../../api/rest/identifiers.decorator.js';
import { Describe, described, zoneRoute } from '../../api/rest/openapi.js';
import { hostnameCertificateExample, hostnameCertificateSchema } from './hostname-certificates.schema.js';

@ApiTags('Hostname certificates')
@Controller(`${zoneRoute}/hostnames/certificates`)
export class HostnameCertificatesController {
  constructor(
    @InjectCertificates('hostname_certificate') private readonly certificates: CertificatesService,
  ) {}

  @Get()
  @Describe('hostname_certificate.list', {
    summary: 'List the hostname certificates of a zone',
    result: hostnameCertificateSchema.array(),
    example: [hostnameCertificateExample],
  })
  list(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.certificates.list(ctx, zoneId);
  }

  @Get(':certificate_id')
  @Describe('hostname_certificate.get', {
    summary: 'Get a hostname certificate',
    result: hostnameCertificateSchema,
    example: hostnameCertificateExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @CertificateId() certificateId: string) {
    return this.certificates.get(ctx, zoneId, certificateId);
  }

  @Post()
  @BodyLimit(128 * 1024)
  @Describe('hostname_certificate.upload', {
    summary: 'Upload a certificate for hostnames',
    result: hostnameCertificateSchema,
    example: { ...hostnameCertificateExample, status: 'pending_deployment' },
  })
  upload(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @Body(described(uploadSchema)) body: unknown) {
    return this.certificates.upload(ctx, zoneId, body);
  }

  @Delete(':certificate_id')
  @Describe('hostname_certificate.delete', {
    summary: 'Delete a hostname certificate',
    result: hostnameCertificateSchema,
    example: { ...hostnameCertificateExample, status: 'pending_deletion' },
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
