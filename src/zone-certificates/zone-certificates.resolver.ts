import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { deleteExplanations, uploadExplanations } from '../certificates/certificate.explanations.js';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { deletedIn } from '../certificates/deleted-certificate.js';
import { InjectCertificates } from '../certificates/certificates.module.js';
import { CertificatesService } from '../certificates/certificates.service.js';
import { checkUploadInput } from '../certificates/upload-input.js';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { malformedInputs } from '../graphql/identifier-input.js';
import { afterChange, resultOf } from '../graphql/results.js';
import { userErrorsOf } from '../graphql/user-error.js';
import { type Answer } from '../upstream/answer.js';
import { zoneCertificateSchema } from './zone-certificates.schema.js';
import {
  DeleteZoneCertificatePayload,
  UploadZoneCertificatePayload,
  ZoneCertificate,
} from './zone-certificates.types.js';

@Resolver(() => ZoneCertificate)
export class ZoneCertificatesResolver {
  constructor(@InjectCertificates('zone_certificate') private readonly certificates: CertificatesService) {}

  @Mutation(() => UploadZoneCertificatePayload, {
    description: 'Uploads a certificate that is shown to every origin of the zone.',
  })
  async uploadZoneCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to upload.' }) input: UploadCertificateInput,
  ): Promise<UploadZoneCertificatePayload> {
    const { body, warnings, userErrors: problems } = checkUploadInput(input);
    if (!body) return { certificate: null, warnings, userErrors: problems };
    const answer = await this.certificates.upload(ctx, input.zoneId, body);
    const userErrors = userErrorsOf(ctx, answer, uploadExplanations);
    if (userErrors.length > 0) return { certificate: null, warnings, userErrors };
    return { certificate: certificateIn(ctx, answer), warnings, userErrors };
  }

  @Mutation(() => DeleteZoneCertificatePayload, { description: 'Deletes a certificate of the zone.' })
  async deleteZoneCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to delete.' }) { zoneId, certificateId }: DeleteCertificateInput,
  ): Promise<DeleteZoneCertificatePayload> {
    const malformed = malformedInputs([
      ['zone_id', zoneId, ['zoneId']],
      ['certificate_id', certificateId, ['certificateId']],
    ]);
    if (malformed.length > 0) return { certificate: null, userErrors: malformed };
    const answer = await this.certificates.delete(ctx, zoneId, certificateId);
    const userErrors = userErrorsOf(ctx, answer, deleteExplanations);
    if (userErrors.length > 0) return { certificate: null, userErrors };
    const certificate = afterChange(ctx, answer, () =>
      ZoneCertificate.from(deletedIn(answer, zoneCertificateSchema, certificateId)),
    );
    return { certificate, userErrors };
  }
}

function certificateIn(ctx: RequestContext, answer: Answer): ZoneCertificate {
  return afterChange(ctx, answer, () => ZoneCertificate.from(resultOf(answer, zoneCertificateSchema)));
}
