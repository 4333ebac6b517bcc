import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { deleteCertificate, uploadCertificate } from '../certificates/certificate.mutations.js';
import { type CertificateFields } from '../certificates/certificate.types.js';
import { ZoneCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import {
  DeleteZoneCertificatePayload,
  UploadZoneCertificatePayload,
  ZoneCertificate,
} from './zone-certificates.types.js';

const make = (zoneId: string, fields: CertificateFields) => ZoneCertificate.from(zoneId, fields);

@Resolver(() => ZoneCertificate)
export class ZoneCertificatesResolver {
  constructor(private readonly certificates: ZoneCertificates) {}

  @Extensions(carriesOut('zone_certificate.upload'))
  @Mutation(() => UploadZoneCertificatePayload, {
    description: 'Uploads a certificate that is shown to every origin of the zone.',
  })
  uploadZoneCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to upload.' }) input: UploadCertificateInput,
  ): Promise<UploadZoneCertificatePayload> {
    return uploadCertificate(ctx, this.certificates, input, make);
  }

  @Extensions(carriesOut('zone_certificate.delete'))
  @Mutation(() => DeleteZoneCertificatePayload, { description: 'Deletes a certificate of the zone.' })
  deleteZoneCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to delete.' }) input: DeleteCertificateInput,
  ): Promise<DeleteZoneCertificatePayload> {
    return deleteCertificate(ctx, this.certificates, input, make);
  }
}
