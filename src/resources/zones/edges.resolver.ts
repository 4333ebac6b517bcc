import { Extensions, Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { costsCallOf } from '../../api/graphql/limits/limits.js';
import { mayHold } from '../../api/graphql/limits/operation-size.js';
import { camelCased } from '../../api/graphql/results/camel-cased.js';
import { PerAnswer } from '../../api/graphql/results/per-answer.js';
import { wholeListOf } from '../../api/graphql/results/results.js';
import { selectedFields } from '../../api/graphql/results/selected-fields.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { certificateOrNull } from '../certificates/certificate-or-null.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { HostnameCertificates } from '../certificates/certificates.service.js';
import {
  CertificateInUse,
  HostnameCertificate,
} from '../hostname-certificates/hostname-certificates.types.js';
import { Hostname } from '../hostnames/hostnames.types.js';
import { ZoneCertificate } from '../zone-certificates/zone-certificates.types.js';
import { settingsIn } from '../zone-settings/settings-in.js';
import { ZoneSettingsService } from '../zone-settings/zone-settings.service.js';
import { CertificateUse } from './certificate-use.types.js';
import { HostnamesInUse } from './hostnames-in-use.js';

const certificatesById = new PerAnswer((answer, zoneId) => {
  const list = wholeListOf(answer, certificateSchema);
  return new Map(list.map((fields) => [fields.id, HostnameCertificate.from(zoneId, fields)]));
});

const certificateIn = new PerAnswer((answer, zoneId) => {
  const fields = certificateOrNull(answer);
  return fields && HostnameCertificate.from(zoneId, fields);
});

/** From a hostname to its certificate. */
@Resolver(() => Hostname)
export class HostnameCertificateEdge {
  constructor(private readonly certificates: HostnameCertificates) {}

  @Extensions(costsCallOf('hostname_certificate.list', 'hostname_certificate.get'))
  @ResolveField(() => HostnameCertificate, {
    nullable: true,
    description:
      'Costs no further call through `hostname(name)`, or if only its ids are asked for, and one call for all hostnames of `hostnames`.',
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

/** From a hostname certificate to the hostnames that use it. */
@Resolver(() => HostnameCertificate)
export class CertificateHostnamesEdge {
  constructor(private readonly inUseBy: HostnamesInUse) {}

  @Extensions({ ...costsCallOf('hostname.list'), ...mayHold(100) })
  @ResolveField(() => [Hostname], {
    nullable: true,
    description: 'The hostnames that use it: the reverse of `Hostname.certificate`.',
  })
  hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, cloudflareId }: HostnameCertificate,
  ): Promise<Hostname[]> {
    return this.inUseBy.of(ctx, zoneId, cloudflareId);
  }

  @Extensions(costsCallOf('hostname.list'))
  @ResolveField(() => CertificateUse, { nullable: true, description: 'Whether it is in use, and by what.' })
  async inUse(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, cloudflareId }: HostnameCertificate,
  ): Promise<CertificateUse> {
    const hostnames = await this.inUseBy.of(ctx, zoneId, cloudflareId);
    const isInUse = hostnames.length > 0;
    return { isInUse, reason: isInUse ? 'hostnames' : 'no_hostnames', hostnames };
  }
}

/** From a zone-level certificate to the settings that decide whether it is in use. */
@Resolver(() => ZoneCertificate)
export class ZoneCertificateUseEdge {
  constructor(private readonly settings: ZoneSettingsService) {}

  @Extensions(costsCallOf('settings.get'))
  @ResolveField(() => CertificateUse, { nullable: true, description: 'Whether it is in use, and by what.' })
  async inUse(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, status }: ZoneCertificate,
  ): Promise<CertificateUse> {
    if (status !== 'active') return { isInUse: false, reason: 'not_active', hostnames: [] };
    const { enabled: isInUse } = settingsIn(await this.settings.get(ctx, zoneId), zoneId);
    return { isInUse, reason: isInUse ? 'zone_level_on' : 'zone_level_off', hostnames: [] };
  }
}

/** From the refusal of a deletion to the hostnames that are the reason. */
@Resolver(() => CertificateInUse)
export class CertificateInUseEdge {
  constructor(private readonly inUseBy: HostnamesInUse) {}

  @Extensions(mayHold(100))
  @ResolveField(() => [Hostname], {
    nullable: true,
    description: 'The hostnames that use the certificate. Null if they cannot be read.',
  })
  hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() { zoneId, certificateId }: CertificateInUse,
  ): Promise<Hostname[]> {
    return this.inUseBy.of(ctx, zoneId, certificateId);
  }
}

/** Whether the selected fields need only the id, which an association holds; `hostnames` and `inUse` find their items by it. */
function isKnownByItsId(info: GraphQLResolveInfo): boolean {
  const known = ['id', 'cloudflareId', 'hostnames', 'inUse', '__typename'];
  return [...selectedFields(info)].every((name) => known.includes(name));
}
