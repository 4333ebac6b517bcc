import { Field, ObjectType } from '@nestjs/graphql';
import { LimitReached, UserError } from '../../api/graphql/errors/user-error.js';
import { wholeListOf } from '../../api/graphql/results/results.js';
import { inStatus } from '../../api/graphql/schema/deployment-status.js';
import { fingerprintOf } from '../../domain/x509/fingerprint.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { certificateExists } from './certificate.explanations.js';
import { certificateSchema } from './certificate.schema.js';
import { Certificate, type CertificateFields } from './certificate.types.js';
import { type CertificatesService } from './certificates.service.js';

@ObjectType({ implements: () => UserError, description: 'The zone has this certificate already.' })
class CertificateExists extends UserError {
  @Field(() => Certificate, {
    nullable: true,
    description: 'The certificate in the zone. Null if it cannot be read.',
  })
  certificate!: Certificate | null;
}

interface Upload {
  readonly zoneId: string;
  /** PEM. */
  readonly certificate: string;
}

/** The errors of a refused upload, with what the list of certificates says of them. The list is read only if one needs it. */
export async function uploadErrors(
  ctx: RequestContext,
  certificates: CertificatesService,
  { zoneId, certificate }: Upload,
  errors: UserError[],
  make: (fields: CertificateFields) => Certificate,
): Promise<UserError[]> {
  const isAboutTheList = (error: UserError) =>
    error.upstreamCode === certificateExists || error instanceof LimitReached;
  if (!errors.some(isAboutTheList)) return errors;
  const list = await certificates
    .list(ctx, zoneId)
    .then((answer) => wholeListOf(answer, certificateSchema))
    .catch(() => null);
  return errors.map((error) => {
    if (error.upstreamCode === certificateExists) {
      const same = list && sameIn(list, certificate);
      return Object.assign(new CertificateExists(), error, { certificate: same && make(same) });
    }
    if (!(error instanceof LimitReached)) return error;
    const used = list && inStatus(list, null).length;
    return Object.assign(new LimitReached(), error, { limit: certificates.most, used });
  });
}

/** The one that is not deleted, if there are several. */
function sameIn(list: readonly CertificateFields[], pem: string): CertificateFields | null {
  const fingerprint = fingerprintOf(pem);
  const same = list.filter((each) => fingerprintOf(each.certificate) === fingerprint);
  return inStatus(same, null)[0] ?? same[0] ?? null;
}
