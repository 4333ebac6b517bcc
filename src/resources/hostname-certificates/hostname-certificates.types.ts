import { Field, ObjectType } from '@nestjs/graphql';
import { UploadPayload } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';
import { Payload } from '../../api/graphql/schema/payload.js';

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
export class UploadHostnameCertificatePayload extends UploadPayload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: HostnameCertificate | null;
}

@ObjectType({ description: 'The certificate that was deleted.' })
export class DeleteHostnameCertificatePayload extends Payload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: HostnameCertificate | null;
}
