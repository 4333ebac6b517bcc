import { Extensions, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { enumOf } from '../../api/graphql/schema/enum-of.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { Payload } from '../zone/payload.js';
import { PrivateKey } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { warningCodes } from '../../domain/x509/checks/check-certificate.js';
import { uploadSchema } from './certificate.schema.js';

@InputType({ description: 'A certificate to upload, with its private key.' })
export class UploadCertificateInput {
  @Field(() => ID, { description: 'The zone.' })
  zoneId!: string;

  @SchemaField(uploadSchema.shape.certificate)
  certificate!: string;

  @SchemaField(uploadSchema.shape.private_key, () => PrivateKey)
  privateKey!: string;
}

@InputType({ description: 'A certificate to delete.' })
export class DeleteCertificateInput {
  @Field(() => ID, { description: 'The zone.' })
  zoneId!: string;

  @Field(() => ID, { description: 'The certificate: its `id`, or its `cloudflareId`.' })
  certificateId!: string;
}

const CertificateWarningCode = enumOf(warningCodes);

registerEnumType(CertificateWarningCode, {
  name: 'CertificateWarningCode',
  description: 'What an origin server may reject.',
  valuesMap: {
    NO_CLIENT_AUTH_USAGE: {
      description: 'The extended key usage does not name clientAuth, or nsCertType rules a client out.',
    },
    NO_SIGNING_USAGE: { description: 'The key usage leaves out digitalSignature.' },
    EXPIRES_SOON: { description: 'Fewer than 14 days are left.' },
    LONG_LIVED: { description: 'It is valid for more than 398 days.' },
  },
});

@ObjectType({ description: 'Something that Cloudflare accepts, and an origin server may reject.' })
export class CertificateWarning {
  @Field(() => CertificateWarningCode, { description: 'The kind of the warning.' })
  code!: keyof typeof CertificateWarningCode;

  @Field(() => String, { description: 'What an origin server may reject, and what to do.' })
  message!: string;
}

/** The fields of the payloads of both deletions, but for the certificate. */
@ObjectType({ isAbstract: true })
export abstract class DeletePayload extends Payload {
  @Field(() => ID, {
    nullable: true,
    description:
      'The `id` of the certificate that was deleted. Lists have it with the status PENDING_DELETION until it is removed from the edge. Null if it was refused.',
  })
  deletedId!: string | null;
}

/** The fields of the payloads of both uploads, but for the certificate. */
@ObjectType({ isAbstract: true })
export abstract class UploadPayload extends Payload {
  @Extensions(mayHold(10))
  @Field(() => [CertificateWarning], {
    description:
      'What Cloudflare accepts and an origin server may reject, for example a certificate without clientAuth.',
  })
  warnings!: CertificateWarning[];
}
