import { Extensions, Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { Associations, isUsing } from '../graphql/associations.js';
import { camelCased } from '../graphql/camel-cased.js';
import { costsUpstreamCall } from '../graphql/limits.js';
import { resultOf, resultsOf } from '../graphql/results.js';
import { selectedFields } from '../graphql/selected-fields.js';
import { hostnameCertificateSchema } from '../hostname-certificates/hostname-certificates.schema.js';
import { HostnameCertificatesService } from '../hostname-certificates/hostname-certificates.service.js';
import { HostnameCertificate } from '../hostname-certificates/hostname-certificates.types.js';
import { Hostname } from '../hostnames/hostnames.types.js';

/** From a hostname to its certificate. */
@Resolver(() => Hostname)
export class HostnameCertificateEdge {
  constructor(private readonly certificates: HostnameCertificatesService) {}

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
      const { certStatus, certUploadedOn, ...fields } = details;
      return HostnameCertificate.from(zoneId, {
        ...fields,
        id: certId,
        status: certStatus,
        uploadedOn: certUploadedOn,
      });
    }
    if (isKnownByItsId(info)) {
      return HostnameCertificate.from(zoneId, camelCased(hostnameCertificateSchema.parse({ id: certId })));
    }
    const list = resultsOf(await this.certificates.list(ctx, zoneId), hostnameCertificateSchema);
    const listed = list.find(({ id }) => id === certId);
    if (listed) return HostnameCertificate.from(zoneId, listed);
    // Not in the list any more, but still to be read by its id.
    return HostnameCertificate.from(
      zoneId,
      resultOf(await this.certificates.get(ctx, zoneId, certId), hostnameCertificateSchema),
    );
  }
}

/** From a hostname certificate back to the hostnames that use it. */
@Resolver(() => HostnameCertificate)
export class CertificateHostnamesEdge {
  constructor(private readonly associations: Associations) {}

  @Extensions(costsUpstreamCall)
  @ResolveField(() => [Hostname], {
    nullable: true,
    description: 'The hostnames that use it: the reverse of `Hostname.certificate`.',
  })
  async hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, id }: HostnameCertificate,
  ): Promise<Hostname[]> {
    const all = await this.associations.all(ctx, zoneId);
    return all.filter(isUsing(id)).map((association) => Hostname.fromList(zoneId, association));
  }
}

/** What an association tells of its certificate, and where to look for the hostnames of that. */
function isKnownByItsId(info: GraphQLResolveInfo): boolean {
  const known = ['id', 'hostnames', '__typename'];
  return [...selectedFields(info)].every((name) => known.includes(name));
}
