import { Extensions, Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphQLResolveInfo } from 'graphql';
import { type Association, Associations } from '../associations/associations.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { HostnameCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { camelCased } from '../../api/graphql/results/camel-cased.js';
import { costsUpstreamCall } from '../../api/graphql/limits/limits.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { PerAnswer } from '../../api/graphql/results/per-answer.js';
import { resultOf, wholeListOf } from '../../api/graphql/results/results.js';
import { selectedFields } from '../../api/graphql/results/selected-fields.js';
import { HostnameCertificate } from '../hostname-certificates/hostname-certificates.types.js';
import { Hostname } from '../hostnames/hostnames.types.js';

const certificatesById = new PerAnswer((answer, zoneId) => {
  const list = wholeListOf(answer, certificateSchema);
  return new Map(list.map((fields) => [fields.id, HostnameCertificate.from(zoneId, fields)]));
});

const certificateIn = new PerAnswer((answer, zoneId) =>
  HostnameCertificate.from(zoneId, resultOf(answer, certificateSchema)),
);

/** From a hostname to its certificate. */
@Resolver(() => Hostname)
export class HostnameCertificateEdge {
  constructor(private readonly certificates: HostnameCertificates) {}

  @Extensions(costsUpstreamCall)
  @ResolveField(() => HostnameCertificate, {
    nullable: true,
    description:
      'No further call through `hostname(name)`, or when only its id is asked for; one list of certificates for a whole page of `hostnames`.',
  })
  async certificate(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, certId, details }: Hostname,
    @Info() info: GraphQLResolveInfo,
  ): Promise<HostnameCertificate | null> {
    if (certId === null) return null;
    if (details) {
      const { certStatus: status, certUploadedOn: uploadedOn, ...fields } = details;
      return HostnameCertificate.from(zoneId, { ...fields, id: certId, status, uploadedOn });
    }
    if (isKnownByItsId(info)) {
      return HostnameCertificate.from(zoneId, camelCased(certificateSchema.parse({ id: certId })));
    }
    const list = await certificatesById.of(ctx, zoneId, this.certificates.list(ctx, zoneId));
    // A certificate that has left the list can still be read by its id.
    return (
      list.get(certId) ?? (await certificateIn.of(ctx, zoneId, this.certificates.get(ctx, zoneId, certId)))
    );
  }
}

/** From a hostname certificate back to the hostnames that use it. */
@Resolver(() => HostnameCertificate)
export class CertificateHostnamesEdge {
  /** One object for each hostname, shared by all certificates and aliases that lead to it. */
  private readonly made = new WeakMap<readonly Association[], Hostname[]>();

  constructor(private readonly associations: Associations) {}

  @Extensions({ ...costsUpstreamCall, ...mayHold(100) })
  @ResolveField(() => [Hostname], {
    nullable: true,
    description: 'The hostnames that use it: the reverse of `Hostname.certificate`.',
  })
  async hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, id }: HostnameCertificate,
  ): Promise<Hostname[]> {
    const using = await this.associations.using(ctx, zoneId, id);
    const hostnames = this.made.get(using) ?? using.map((each) => Hostname.fromList(zoneId, each));
    this.made.set(using, hostnames);
    return hostnames;
  }
}

/** Whether the selected fields need only the id, which an association holds; `hostnames` finds its items by it. */
function isKnownByItsId(info: GraphQLResolveInfo): boolean {
  const known = ['id', 'hostnames', '__typename'];
  return [...selectedFields(info)].every((name) => known.includes(name));
}
