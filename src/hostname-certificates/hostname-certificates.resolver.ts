import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { deleteExplanations, uploadExplanations } from '../certificates/certificate.explanations.js';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { deletedIn } from '../certificates/deleted-certificate.js';
import { InjectCertificates } from '../certificates/certificates.module.js';
import { CertificatesService } from '../certificates/certificates.service.js';
import { checkUploadInput } from '../certificates/upload-input.js';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { Associations } from '../associations/associations.js';
import { malformedInputs } from '../graphql/identifier-input.js';
import { afterChange, resultOf } from '../graphql/results.js';
import { type UserError, userErrorsOf } from '../graphql/user-error.js';
import { type Answer } from '../upstream/answer.js';
import { hostnameCertificateSchema } from './hostname-certificates.schema.js';
import {
  DeleteHostnameCertificatePayload,
  HostnameCertificate,
  UploadHostnameCertificatePayload,
} from './hostname-certificates.types.js';

const inUse = 1433;

@Resolver(() => HostnameCertificate)
export class HostnameCertificatesResolver {
  constructor(
    @InjectCertificates('hostname_certificate') private readonly certificates: CertificatesService,
    private readonly associations: Associations,
  ) {}

  @Mutation(() => UploadHostnameCertificatePayload, {
    description: 'Uploads a certificate that hostnames of the zone can be associated with.',
  })
  async uploadHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to upload.' }) input: UploadCertificateInput,
  ): Promise<UploadHostnameCertificatePayload> {
    const { body, warnings, userErrors: problems } = checkUploadInput(input);
    if (!body) return { certificate: null, warnings, userErrors: problems };
    const answer = await this.certificates.upload(ctx, input.zoneId, body);
    const userErrors = userErrorsOf(ctx, answer, uploadExplanations);
    if (userErrors.length > 0) return { certificate: null, warnings, userErrors };
    const certificate = certificateIn(ctx, input.zoneId, answer);
    return { certificate, warnings, userErrors };
  }

  @Mutation(() => DeleteHostnameCertificatePayload, {
    description:
      'Deletes a hostname certificate. Refused while a hostname still uses it; the error names the hostnames.',
  })
  async deleteHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to delete.' }) { zoneId, certificateId }: DeleteCertificateInput,
  ): Promise<DeleteHostnameCertificatePayload> {
    const malformed = malformedInputs([
      ['zone_id', zoneId, ['zoneId']],
      ['certificate_id', certificateId, ['certificateId']],
    ]);
    if (malformed.length > 0) return { certificate: null, userErrors: malformed };
    const answer = await this.certificates.delete(ctx, zoneId, certificateId);
    const userErrors = userErrorsOf(ctx, answer, deleteExplanations);
    if (userErrors.length > 0) {
      return {
        certificate: null,
        userErrors: await this.namingUsers(ctx, zoneId, certificateId, userErrors),
      };
    }
    const certificate = afterChange(ctx, answer, () =>
      HostnameCertificate.from(zoneId, deletedIn(answer, hostnameCertificateSchema, certificateId)),
    );
    return { certificate, userErrors };
  }

  /** Names the hostnames that use the certificate, if they can be read. */
  private async namingUsers(ctx: RequestContext, zoneId: string, certificateId: string, errors: UserError[]) {
    if (!errors.some(({ upstreamCode }) => upstreamCode === inUse)) return errors;
    const users = await this.associations.using(ctx, zoneId, certificateId).catch(() => []);
    if (users.length === 0) return errors;
    const names = users.map(({ hostname }) => hostname).join(', ');
    const message = `Still used by ${names}. Void these associations first (updateHostnames with VOID), then delete the certificate.`;
    return errors.map((error) => (error.upstreamCode === inUse ? { ...error, message } : error));
  }
}

function certificateIn(ctx: RequestContext, zoneId: string, answer: Answer): HostnameCertificate {
  return afterChange(ctx, answer, () =>
    HostnameCertificate.from(zoneId, resultOf(answer, hostnameCertificateSchema)),
  );
}
