import { Extensions, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { enumOf } from '../../api/graphql/schema/enum-of.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { Hostname } from '../hostnames/hostnames.types.js';

const CertificateUseReason = enumOf([
  'zone_level_on',
  'zone_level_off',
  'hostnames',
  'no_hostnames',
  'not_active',
]);

registerEnumType(CertificateUseReason, {
  name: 'CertificateUseReason',
  description: 'Why a certificate is in use, or is not.',
  valuesMap: {
    ZONE_LEVEL_ON: { description: 'It is active, and zone-level authenticated origin pulls is on.' },
    ZONE_LEVEL_OFF: { description: 'Zone-level authenticated origin pulls is off.' },
    HOSTNAMES: { description: 'Hostnames are associated with it, enabled or disabled.' },
    NO_HOSTNAMES: { description: 'No hostname is associated with it.' },
    NOT_ACTIVE: { description: 'It is a zone-level certificate that is not deployed to the edge.' },
  },
});

@ObjectType({ description: 'Whether a certificate is in use.' })
export class CertificateUse {
  @Field(() => Boolean, {
    description: 'Whether it is in use. Cloudflare refuses to delete a hostname certificate that is in use.',
  })
  isInUse!: boolean;

  @Field(() => CertificateUseReason, { description: 'Why it is in use, or is not.' })
  reason!: (typeof CertificateUseReason)[keyof typeof CertificateUseReason];

  @Extensions(mayHold(100))
  @Field(() => [Hostname], {
    description: 'The hostnames that are associated with it; empty for a zone-level certificate.',
  })
  hostnames!: Hostname[];
}
