import { Field, ID, InterfaceType, Int, registerEnumType } from '@nestjs/graphql';
import { type z } from 'zod';
import { type CamelCased } from '../../api/graphql/results/camel-cased.js';
import { DeploymentStatus } from '../../api/graphql/schema/deployment-status.js';
import { enumOf } from '../../api/graphql/schema/enum-of.js';
import { Node } from '../../api/graphql/schema/node.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { type CertificateFacts, certificateFactsOf } from '../../domain/x509/certificate-facts.js';
import { fingerprintOf } from '../../domain/x509/fingerprint.js';
import { hexSerialOf } from '../../domain/x509/serial-number.js';
import { daysUntil, type ValidityState, validityState, validityStates } from '../../domain/x509/validity.js';
import { certificateSchema } from './certificate.schema.js';

export type CertificateFields = CamelCased<z.output<typeof certificateSchema>>;

const CertificateState = enumOf(validityStates);

registerEnumType(CertificateState, {
  name: 'CertificateState',
  description: 'Whether the dates of a certificate allow its use now.',
  valuesMap: {
    VALID: { description: 'It is valid, for 14 days at least.' },
    EXPIRES_SOON: { description: 'It is valid, for fewer than 14 days.' },
    EXPIRED: { description: 'It has expired.' },
    NOT_YET_VALID: { description: 'It is not valid yet.' },
  },
});

const { shape } = certificateSchema;

@InterfaceType({ implements: () => Node, description: 'A client certificate of a zone.' })
export abstract class Certificate {
  abstract readonly id: string;

  @SchemaField(shape.id, () => ID, { nullable: false })
  cloudflareId!: string;

  @SchemaField(shape.status, () => DeploymentStatus, { nullable: false })
  status!: DeploymentStatus;

  @SchemaField(shape.certificate)
  pem!: string | null;

  @SchemaField(shape.issuer)
  issuer!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The attributes of its subject in their order, for example `C=DE, O=Example, CN=origin-pull`, read from `pem`.',
  })
  get subject(): string | null {
    return this.facts?.subject ?? null;
  }

  @SchemaField(shape.serial_number)
  serialNumber!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The serial number in lower-case hex with two digits a byte, as OpenSSL and the audit log print it. Null if Cloudflare reports one that is not decimal.',
  })
  get serialNumberHex(): string | null {
    return hexSerialOf(this.serialNumber);
  }

  @SchemaField(shape.signature)
  signature!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Type of its public key, for example `rsa` or `ec prime256v1`, read from `pem`.',
  })
  get keyType(): string | null {
    return this.facts?.key?.type ?? null;
  }

  @Field(() => Int, { nullable: true, description: 'Size of its public key in bits, if it is RSA.' })
  get keyBits(): number | null {
    return this.facts?.key?.bits ?? null;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of its SubjectPublicKeyInfo, lower-case hex. Equal for certificates with the same key.',
  })
  get spkiSha256(): string | null {
    return this.facts?.key?.spkiSha256 ?? null;
  }

  @Field(() => [String], {
    nullable: true,
    description:
      'The uses that the certificate is limited to, for example `clientAuth`; a use without a name is an object identifier. Null if it is not limited.',
  })
  get extendedKeyUsage(): readonly string[] | null {
    return this.facts?.extendedKeyUsage ?? null;
  }

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of its DER, lower-case hex. Compare certificates by it, not by their PEM.',
  })
  get fingerprintSha256(): string | null {
    // Computed once: up to a thousand hostnames of an answer share one certificate.
    if (this.#fingerprint === undefined) this.#fingerprint = fingerprintOf(this.pem);
    return this.#fingerprint;
  }

  @SchemaField(shape.uploaded_on, () => DateTime)
  uploadedOn!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it begins to be valid, RFC 3339.' })
  get notBefore(): string | null {
    return this.facts?.notBefore.toISOString() ?? null;
  }

  @SchemaField(shape.expires_on, () => DateTime)
  expiresOn!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Whole days until it expires; less than 0 after that.',
  })
  get daysLeft(): number | null {
    const { notAfter } = this;
    return notAfter && daysUntil(notAfter, new Date());
  }

  @Field(() => CertificateState, {
    nullable: true,
    description: 'Whether its dates allow its use now. Null if they are not known.',
  })
  get state(): ValidityState | null {
    const { notAfter } = this;
    return notAfter && validityState(this.facts?.notBefore ?? null, notAfter, new Date());
  }

  /** As Cloudflare reports it, else as the certificate says. */
  private get notAfter(): Date | null {
    return this.expiresOn === null ? (this.facts?.notAfter ?? null) : new Date(this.expiresOn);
  }

  /** Read when a field needs them, once for all requests that are answered with this object. */
  private get facts(): CertificateFacts | null {
    if (this.#facts === undefined) this.#facts = certificateFactsOf(this.pem);
    return this.#facts;
  }

  #fingerprint?: string | null;
  #facts?: CertificateFacts | null;
}
