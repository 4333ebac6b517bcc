import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Associations } from '../associations/associations.js';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { deleteCertificate, uploadCertificate } from '../certificates/certificate.mutations.js';
import { HostnameCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { type UserError } from '../../api/graphql/errors/user-error.js';
import {
  DeleteHostnameCertificatePayload,
  HostnameCertificate,
  UploadHostnameCertificatePayload,
} from './hostname-certificates.types.js';

const inUse = 1433;

@Resolver(() => HostnameCertificate)
export class HostnameCertificatesResolver {
  constructor(
    private readonly certificates: HostnameCertificates,
    private readonly associations: Associations,
  ) {}

  @Extensions(carriesOut('hostname_certificate.upload'))
  @Mutation(() => UploadHostnameCertificatePayload, {
    description: 'Uploads a certificate that hostnames of the zone can be associated with.',
  })
  uploadHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to upload.' }) input: UploadCertificateInput,
  ): Promise<UploadHostnameCertificatePayload> {
    return uploadCertificate(ctx, this.certificates, input, (fields) =>
      HostnameCertificate.from(input.zoneId, fields),
    );
  }

  @Extensions(carriesOut('hostname_certificate.delete'))
  @Mutation(() => DeleteHostnameCertificatePayload, {
    description:
      'Deletes a hostname certificate. Refused while a hostname still uses it; the error names the hostnames.',
  })
  async deleteHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to delete.' }) input: DeleteCertificateInput,
  ): Promise<DeleteHostnameCertificatePayload> {
    const { certificate, userErrors } = await deleteCertificate(ctx, this.certificates, input, (fields) =>
      HostnameCertificate.from(input.zoneId, fields),
    );
    return { certificate, userErrors: await this.namingUsers(ctx, input, userErrors) };
  }

  /** The same errors. The one about a certificate in use names the hostnames, if they can be read. */
  private async namingUsers(
    ctx: RequestContext,
    { zoneId, certificateId }: DeleteCertificateInput,
    errors: UserError[],
  ): Promise<UserError[]> {
    if (!errors.some(({ upstreamCode }) => upstreamCode === inUse)) return errors;
    const users = await this.associations.using(ctx, zoneId, certificateId).catch(() => []);
    if (users.length === 0) return errors;
    const names = users.map(({ hostname }) => hostname).join(', ');
    const message = `Still used by ${names}. Void these associations first (updateHostnames with VOID), then delete the certificate.`;
    return errors.map((error) => (error.upstreamCode === inUse ? { ...error, message } : error));
  }
}
