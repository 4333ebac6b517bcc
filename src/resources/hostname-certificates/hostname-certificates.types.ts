import { Field, ObjectType } from '@nestjs/graphql';
import { UserError } from '../../api/graphql/errors/user-error.js';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { DeletePayload, UploadPayload } from '../certificates/certificate.inputs.js';
import { Certificate, type CertificateFields } from '../certificates/certificate.types.js';

@ObjectType({
  implements: () => [Certificate, Node],
  description: 'A client certificate that Cloudflare presents for the hostnames that are associated with it.',
})
export class HostnameCertificate extends Certificate {
  /** The zone of the certificate. */
  zoneId!: string;

  override get id(): string {
    return nodeIdOf({ zoneId: this.zoneId, kind: 'hostname_certificate', key: this.cloudflareId });
  }

  static from(zoneId: string, { id, certificate, ...fields }: CertificateFields): HostnameCertificate {
    return Object.assign(new HostnameCertificate(), fields, { zoneId, cloudflareId: id, pem: certificate });
  }
}

@ObjectType({ description: 'The certificate that was uploaded.' })
export class UploadHostnameCertificatePayload extends UploadPayload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null if it was refused.' })
  certificate!: HostnameCertificate | null;
}

@ObjectType({ description: 'The certificate that was deleted.' })
export class DeleteHostnameCertificatePayload extends DeletePayload {
  @Field(() => HostnameCertificate, { nullable: true, description: 'Null if it was refused.' })
  certificate!: HostnameCertificate | null;
}

/** `hostnames` is resolved in `zones/`. */
@ObjectType({ implements: () => UserError, description: 'Hostnames use the certificate.' })
export class CertificateInUse extends UserError {
  zoneId!: string;
  /** Cloudflare's identifier. */
  certificateId!: string;
}
