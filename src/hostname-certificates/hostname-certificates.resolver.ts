import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { deleteExplanations, uploadExplanations } from '../certificates/certificate.explanations.js';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { checkedUpload } from '../certificates/upload-input.js';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { Associations } from '../associations/associations.js';
import { malformedInputs } from '../graphql/identifier-input.js';
import { afterChange, deletedIn, resultOf } from '../graphql/results.js';
import { userErrorsOf } from '../graphql/user-error.js';
import { type Answer } from '../upstream/answer.js';
import { hostnameCertificateSchema } from './hostname-certificates.schema.js';
import { HostnameCertificatesService } from './hostname-certificates.service.js';
import {
  DeleteHostnameCertificatePayload,
  HostnameCertificate,
  UploadHostnameCertificatePayload,
} from './hostname-certificates.types.js';

const inUse = 1433;

@Resolver(() => HostnameCertificate)
export class HostnameCertificatesResolver {
  constructor(
    private readonly certificates: HostnameCertificatesService,
    private readonly associations: Associations,
  ) {}

  @Mutation(() => UploadHostnameCertificatePayload, {
    description: 'Uploads a certificate that hostnames of the zone can be associated with.',
  })
  async uploadHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to upload.' }) input: UploadCertificateInput,
  ): Promise<UploadHostnameCertificatePayload> {
    const { body, warnings, userErrors: problems } = checkedUpload(input);
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
    for (const error of userErrors.filter(({ upstreamCode }) => upstreamCode === inUse)) {
      error.message = await this.whoUses(ctx, zoneId, certificateId, error.message);
    }
    if (userErrors.length > 0) return { certificate: null, userErrors };
    const certificate = afterChange(ctx, answer, () =>
      HostnameCertificate.from(zoneId, deletedIn(answer, hostnameCertificateSchema, certificateId)),
    );
    return { certificate, userErrors };
  }

  /** The message with the hostnames in it, or as it was where they cannot be had. */
  private async whoUses(ctx: RequestContext, zoneId: string, certificateId: string, message: string) {
    const users = await this.associations.using(ctx, zoneId, certificateId).then(
      (associations) => associations.map(({ hostname }) => hostname),
      () => [],
    );
    if (users.length === 0) return message;
    return `Still used by ${users.join(', ')}. Void these associations first (updateHostnames with VOID), then delete the certificate.`;
  }
}

function certificateIn(ctx: RequestContext, zoneId: string, answer: Answer): HostnameCertificate {
  return afterChange(ctx, answer, () =>
    HostnameCertificate.from(zoneId, resultOf(answer, hostnameCertificateSchema)),
  );
}
