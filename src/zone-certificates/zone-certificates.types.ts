import { Extensions, Field, ObjectType } from '@nestjs/graphql';
import { CertificateWarning } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';
import { mayHold } from '../graphql/operation-size.js';
import { UserError } from '../graphql/user-error.js';

@ObjectType({
  implements: () => Certificate,
  description: 'A client certificate shown to every origin of the zone.',
})
export class ZoneCertificate extends Certificate {
  static from(fields: CertificateFields): ZoneCertificate {
    return Object.assign(new ZoneCertificate(), fields);
  }
}

@ObjectType({ description: 'The certificate that was uploaded.' })
export class UploadZoneCertificatePayload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: ZoneCertificate | null;

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
export class DeleteZoneCertificatePayload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: ZoneCertificate | null;

  @Extensions(mayHold(100))
  @Field(() => [UserError], { description: 'What was refused, and why; empty where all went well.' })
  userErrors!: UserError[];
}
