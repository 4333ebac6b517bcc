import { Field, ObjectType } from '@nestjs/graphql';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { DeletePayload, UploadPayload } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';

@ObjectType({
  implements: () => [Certificate, Node],
  description: 'A client certificate that Cloudflare presents to every origin of the zone.',
})
export class ZoneCertificate extends Certificate {
  /** The zone of the certificate. */
  zoneId!: string;

  override get id(): string {
    return nodeIdOf({ zoneId: this.zoneId, kind: 'zone_certificate', key: this.cloudflareId });
  }

  static from(zoneId: string, { id, certificate, ...fields }: CertificateFields): ZoneCertificate {
    return Object.assign(new ZoneCertificate(), fields, { zoneId, cloudflareId: id, pem: certificate });
  }
}

@ObjectType({ description: 'The certificate that was uploaded.' })
export class UploadZoneCertificatePayload extends UploadPayload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null if it was refused.' })
  certificate!: ZoneCertificate | null;
}

@ObjectType({ description: 'The certificate that was deleted.' })
export class DeleteZoneCertificatePayload extends DeletePayload {
  @Field(() => ZoneCertificate, { nullable: true, description: 'Null if it was refused.' })
  certificate!: ZoneCertificate | null;
}
