import { Extensions, Field, ObjectType } from '@nestjs/graphql';
import { CertificateWarning } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';
import { mayHold } from '../graphql/operation-size.js';
import { UserError } from '../graphql/user-error.js';

@ObjectType({
  implements: () => Certificate,
  description: 'A client certificate shown for the hostnames associated with it.',
})
export class HostnameCertificate extends Certificate {
  /** The zone of the certificate, in which its other fields are read. */
  zoneId!: string;

  static from(zoneId: string, fields: CertificateFields): HostnameCertificate {
    return Object.assign(new HostnameCertificate(), fields, { zoneId });
  }
}

@ObjectType({ description: 'The certificate that was uploaded.' })
export class UploadHostnameCertificatePayload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: HostnameCertificate | null;

  @Extensions(mayHold(10))
  @Field(() => [CertificateWarning], {
    description:
      'What Cloudflare accepts but an origin may not, for example no clientAuth usage, or few days left.',
  })
  warnings!: CertificateWarning[];

  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why; empty where all went well.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The certificate that was deleted.' })
export class DeleteHostnameCertificatePayload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: HostnameCertificate | null;

  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why; empty where all went well.' })
  userErrors!: UserError[];
}
