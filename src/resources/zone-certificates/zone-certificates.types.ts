import { Field, ObjectType } from '@nestjs/graphql';
import { UploadPayload } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';
import { Payload } from '../../api/graphql/schema/payload.js';

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
export class UploadZoneCertificatePayload extends UploadPayload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: ZoneCertificate | null;
}

@ObjectType({ description: 'The certificate that was deleted.' })
export class DeleteZoneCertificatePayload extends Payload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null where it was refused.' })
  certificate!: ZoneCertificate | null;
}
