import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Associations } from '../associations/associations.js';
import { DeleteCertificateInput, UploadCertificateInput } from '../certificates/certificate.inputs.js';
import { certificateInUse } from '../certificates/certificate.explanations.js';
import { deleteCertificate, uploadCertificate } from '../certificates/certificate.mutations.js';
import { type CertificateFields } from '../certificates/certificate.types.js';
import { HostnameCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { type UserError } from '../../api/graphql/errors/user-error.js';
import { certificateIdIn } from '../../api/graphql/schema/node-id.js';
import {
  CertificateInUse,
  DeleteHostnameCertificatePayload,
  HostnameCertificate,
  UploadHostnameCertificatePayload,
} from './hostname-certificates.types.js';

const make = (zoneId: string, fields: CertificateFields) => HostnameCertificate.from(zoneId, fields);

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
    return uploadCertificate(ctx, this.certificates, input, make);
  }

  @Extensions(carriesOut('hostname_certificate.delete'))
  @Mutation(() => DeleteHostnameCertificatePayload, {
    description:
      'Deletes a hostname certificate. Refused while hostnames use it: `CertificateInUse` has them.',
  })
  async deleteHostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What to delete.' }) input: DeleteCertificateInput,
  ): Promise<DeleteHostnameCertificatePayload> {
    const payload = await deleteCertificate(ctx, this.certificates, input, make);
    return { ...payload, userErrors: await this.namingUsers(ctx, input, payload.userErrors) };
  }

  /** The same errors. That of a certificate in use names the hostnames in its message, if they can be read. */
  private async namingUsers(
    ctx: RequestContext,
    { zoneId, certificateId: given }: DeleteCertificateInput,
    errors: UserError[],
  ): Promise<UserError[]> {
    const isInUse = ({ upstreamCode }: UserError) => upstreamCode === certificateInUse;
    if (!errors.some(isInUse)) return errors;
    const certificateId = certificateIdIn(given);
    const users = await this.associations.using(ctx, zoneId, certificateId).catch(() => []);
    const names = users.map(({ hostname }) => hostname).join(', ');
    const named = names !== '' && {
      message: `Still used by ${names}. Void these associations first (updateHostnames with VOID), then delete the certificate.`,
    };
    return errors.map((error) =>
      isInUse(error) ? Object.assign(new CertificateInUse(), error, { zoneId, certificateId }, named) : error,
    );
  }
}
