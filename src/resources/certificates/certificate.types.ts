import { Field, ID, InterfaceType, registerEnumType } from '@nestjs/graphql';
import { type z } from 'zod';
import { type CamelCased } from '../../api/graphql/results/camel-cased.js';
import { enumOf } from '../../api/graphql/schema/enum-of.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { statusSchema } from '../../domain/cloudflare/reported.js';
import { fingerprintOf } from '../../domain/x509/fingerprint.js';
import { hexSerialOf } from '../../domain/x509/serial-number.js';
import { certificateSchema } from './certificate.schema.js';

type Status = z.output<typeof statusSchema>;

export const CertificateStatus = enumOf(statusSchema.unwrap().options);

/** Descriptions of the statuses, of certificates and of associations. */
export const statusDescriptions = {
  INITIALIZING: { description: 'It has been received.' },
  PENDING_DEPLOYMENT: { description: 'It is on its way to the edge.' },
  ACTIVE: { description: 'It is in use.' },
  PENDING_DELETION: { description: 'It is being removed from the edge.' },
  DELETED: { description: 'It is gone from the edge.' },
  DEPLOYMENT_TIMED_OUT: { description: 'It did not reach the edge in time.' },
  DELETION_TIMED_OUT: { description: 'It was not removed from the edge in time.' },
  UNKNOWN: { description: 'A status that this gateway does not know yet.' },
};

registerEnumType(CertificateStatus, {
  name: 'CertificateStatus',
  description: 'Where a certificate or an association stands at Cloudflare.',
  valuesMap: statusDescriptions,
});

const { shape } = certificateSchema;

@InterfaceType({ description: 'What both kinds of client certificate have.' })
export abstract class Certificate {
  @SchemaField(shape.id, () => ID, { nullable: false })
  id!: string;

  @SchemaField(shape.status, () => CertificateStatus, { nullable: false })
  status!: Status;

  @SchemaField(shape.certificate)
  certificate!: string | null;

  @SchemaField(shape.issuer)
  issuer!: string | null;

  @SchemaField(shape.serial_number)
  serialNumber!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The serial number in lower-case hex, two digits a byte, computed here: as the audit log and OpenSSL have it. Null where Cloudflare reports another than a decimal one.',
  })
  get serialNumberHex(): string | null {
    return hexSerialOf(this.serialNumber);
  }

  @SchemaField(shape.signature)
  signature!: string | null;

  @SchemaField(shape.uploaded_on, () => DateTime)
  uploadedOn!: string | null;

  @SchemaField(shape.expires_on, () => DateTime)
  expiresOn!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the DER, lower-case hex, computed here: compare this, never PEM text.',
  })
  get fingerprintSha256(): string | null {
    // Computed once: up to a thousand hostnames of an answer share one certificate.
    if (this.#fingerprint === undefined) this.#fingerprint = fingerprintOf(this.certificate);
    return this.#fingerprint;
  }

  #fingerprint?: string | null;
}

export type CertificateFields = CamelCased<z.output<typeof certificateSchema>>;
