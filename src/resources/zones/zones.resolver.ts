import { Args, Extensions, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Associations } from '../associations/associations.js';
import { AuditEventConnections } from '../audit-events/audit-event-connections.js';
import { most as mostEvents } from '../audit-events/audit-events.schema.js';
import { AuditEventConnection, AuditEventsArgs } from '../audit-events/audit-events.types.js';
import { certificateOrNull } from '../certificates/certificate-or-null.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { HostnameCertificates, ZoneCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { timeFor } from '../../api/graphql/limits/answer-budget.js';
import { certificateIdArgument, hostnameInALabels } from '../../api/graphql/errors/identifier-input.js';
import { costsCallOf } from '../../api/graphql/limits/limits.js';
import { DeploymentStatus, inStatus, refuseUnknown } from '../../api/graphql/schema/deployment-status.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { mayHold, mayHoldFirst } from '../../api/graphql/limits/operation-size.js';
import { PerAnswer } from '../../api/graphql/results/per-answer.js';
import { resultOrNull, wholeListOf } from '../../api/graphql/results/results.js';
import { GlobalLevelService } from '../global-level/global-level.service.js';
import { GlobalLevel } from '../global-level/global-level.types.js';
import { HostnameCertificate } from '../hostname-certificates/hostname-certificates.types.js';
import { hostnamePage, maxPageSize, pageRequest } from '../hostnames/hostname-page.js';
import { hostnameResultSchema } from '../hostnames/hostnames.schema.js';
import { HostnamesService } from '../hostnames/hostnames.service.js';
import { Hostname, HostnameConnection } from '../hostnames/hostnames.types.js';
import { identifierProblem, malformedIdentifier } from '../../domain/cloudflare/call-url.js';
import { ZoneCertificate } from '../zone-certificates/zone-certificates.types.js';
import { settingsIn } from '../zone-settings/settings-in.js';
import { ZoneSettingsService } from '../zone-settings/zone-settings.service.js';
import { ZoneSettings } from '../zone-settings/zone-settings.types.js';
import { Zone } from '../zone/zone.types.js';

/** Filtering this many associations takes about as long as making one object of the answer. */
const associationsPerObject = 20;

const zoneCertificatesIn = new PerAnswer((answer, zoneId) =>
  wholeListOf(answer, certificateSchema).map((fields) => ZoneCertificate.from(zoneId, fields)),
);

const hostnameCertificatesIn = new PerAnswer((answer, zoneId) =>
  wholeListOf(answer, certificateSchema).map((fields) => HostnameCertificate.from(zoneId, fields)),
);

const certificateId = {
  type: () => ID,
  description: 'The certificate: its `id`, or its `cloudflareId`.',
};

const status = {
  type: () => [DeploymentStatus],
  nullable: true,
  description: 'Only those in one of these statuses; without it all but the deleted ones. Not UNKNOWN.',
};

type Statuses = readonly DeploymentStatus[] | null;

/** Composes a zone from the resource groups. Each field makes its own call, so fields that are not selected cost none. */
@Resolver(() => Zone)
export class ZonesResolver {
  constructor(
    private readonly zoneSettings: ZoneSettingsService,
    private readonly globalLevels: GlobalLevelService,
    private readonly certificatesOfZone: ZoneCertificates,
    private readonly certificatesOfHostnames: HostnameCertificates,
    private readonly hostnamesService: HostnamesService,
    private readonly associations: Associations,
    private readonly auditEventConnections: AuditEventConnections,
  ) {}

  @Extensions(dependsOn('zone'))
  @Query(() => Zone, {
    nullable: true,
    description: 'One zone, seen through authenticated origin pulls. Costs no call to Cloudflare by itself.',
  })
  zone(@Args('id', { type: () => ID, description: 'The zone.' }) id: string): Zone {
    const problem = identifierProblem('zone_id', id);
    if (problem) throw malformedIdentifier(problem);
    return new Zone(id);
  }

  @Extensions(costsCallOf('settings.get'))
  @ResolveField(() => ZoneSettings, { nullable: true, description: 'The settings of the zone level.' })
  async settings(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
  ): Promise<ZoneSettings> {
    return settingsIn(await this.zoneSettings.get(ctx, zoneId), zoneId);
  }

  @Extensions(costsCallOf('global_level.get'))
  @ResolveField(() => GlobalLevel, {
    nullable: true,
    description:
      'The global level. Where the credential may not read it, that is part of the value, and no error.',
  })
  async globalLevel(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
  ): Promise<GlobalLevel> {
    return GlobalLevel.from(zoneId, await this.globalLevels.get(ctx, zoneId));
  }

  @Extensions({ ...costsCallOf('zone_certificate.list'), ...mayHold(100) })
  @ResolveField(() => [ZoneCertificate], {
    nullable: true,
    description: 'Zone-level certificates, without pages: Cloudflare returns them all.',
  })
  async certificates(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('status', status) statuses: Statuses,
  ): Promise<ZoneCertificate[]> {
    refuseUnknown(statuses);
    const answering = this.certificatesOfZone.list(ctx, zoneId);
    return inStatus(await zoneCertificatesIn.of(ctx, zoneId, answering), statuses);
  }

  @Extensions(costsCallOf('zone_certificate.get'))
  @ResolveField(() => ZoneCertificate, {
    nullable: true,
    description:
      'A zone-level certificate. Null, without an error, if the zone has no certificate of this id.',
  })
  async certificate(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('id', certificateId) given: string,
  ): Promise<ZoneCertificate | null> {
    const id = certificateIdArgument(given, { zoneId, kind: 'zone_certificate' });
    const fields = certificateOrNull(await this.certificatesOfZone.get(ctx, zoneId, id));
    return fields && ZoneCertificate.from(zoneId, fields);
  }

  @Extensions({ ...costsCallOf('hostname.list'), ...mayHoldFirst(maxPageSize) })
  @ResolveField(() => HostnameConnection, {
    nullable: true,
    description:
      'Hostnames that are associated with a certificate, in the order of their names. At most 1,000 at a time. Cursors are opaque, and stay valid while associations are added and removed.',
  })
  async hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('first', { type: () => Int, defaultValue: 50, description: 'How many; at most 1,000.' })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'The page begins after this cursor.' })
    after: string | null,
    @Args('status', status) statuses: Statuses,
  ): Promise<HostnameConnection> {
    refuseUnknown(statuses);
    const page = pageRequest(first, after);
    const all = await this.associations.all(ctx, zoneId);
    await timeFor(ctx, all.length / associationsPerObject);
    return hostnamePage(zoneId, all, statuses, page);
  }

  @Extensions(costsCallOf('hostname.get'))
  @ResolveField(() => Hostname, {
    nullable: true,
    description:
      'One hostname, with its certificate. Null, without an error, if it is not associated with a certificate.',
  })
  async hostname(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('name', { type: () => String, description: 'The hostname, internationalised or in A-labels.' })
    name: string,
  ): Promise<Hostname | null> {
    const answer = await this.hostnamesService.get(ctx, zoneId, hostnameInALabels(name));
    const fields = resultOrNull(answer, hostnameResultSchema);
    return fields && Hostname.from(zoneId, fields);
  }

  @Extensions({ ...costsCallOf('hostname_certificate.list'), ...mayHold(10) })
  @ResolveField(() => [HostnameCertificate], {
    nullable: true,
    description: 'Hostname certificates, without pages: a zone has at most ten.',
  })
  async hostnameCertificates(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('status', status) statuses: Statuses,
  ): Promise<HostnameCertificate[]> {
    refuseUnknown(statuses);
    const answering = this.certificatesOfHostnames.list(ctx, zoneId);
    return inStatus(await hostnameCertificatesIn.of(ctx, zoneId, answering), statuses);
  }

  @Extensions(costsCallOf('hostname_certificate.get'))
  @ResolveField(() => HostnameCertificate, {
    nullable: true,
    description: 'A hostname certificate. Null, without an error, if the zone has no certificate of this id.',
  })
  async hostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Parent() { cloudflareId: zoneId }: Zone,
    @Args('id', certificateId) given: string,
  ): Promise<HostnameCertificate | null> {
    const id = certificateIdArgument(given, { zoneId, kind: 'hostname_certificate' });
    const fields = certificateOrNull(await this.certificatesOfHostnames.get(ctx, zoneId, id));
    return fields && HostnameCertificate.from(zoneId, fields);
  }

  @Extensions({ ...costsCallOf('audit.read'), ...mayHoldFirst(mostEvents), ...dependsOn('caller') })
  @ResolveField(() => AuditEventConnection, {
    nullable: true,
    description:
      'The audit log of the zone, newest events first. A credential that may read the zone at Cloudflare may read it, and each read is recorded. Cursors are opaque, and stay valid while events arrive.',
  })
  auditEvents(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args() args: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    return this.auditEventConnections.page(ctx, zone.cloudflareId, args);
  }
}
