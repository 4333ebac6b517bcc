import { Args, Extensions, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Associations } from '../associations/associations.js';
import { AuditEventConnections } from '../audit-events/audit-event-connections.js';
import { most as mostEvents } from '../audit-events/audit-events.schema.js';
import { AuditEventConnection, AuditEventsArgs } from '../audit-events/audit-events.types.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { HostnameCertificates, ZoneCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { timeFor } from '../../api/graphql/limits/answer-budget.js';
import { hostnameInALabels } from '../../api/graphql/errors/identifier-input.js';
import { costsUpstreamCall } from '../../api/graphql/limits/limits.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { mayHold, mayHoldFirst } from '../../api/graphql/limits/operation-size.js';
import { PerAnswer } from '../../api/graphql/results/per-answer.js';
import { resultOf, wholeListOf } from '../../api/graphql/results/results.js';
import { HostnameCertificate } from '../hostname-certificates/hostname-certificates.types.js';
import { hostnamePage, maxPageSize, pageRequest } from '../hostnames/hostname-page.js';
import { hostnameResultSchema } from '../hostnames/hostnames.schema.js';
import { HostnamesService } from '../hostnames/hostnames.service.js';
import { AssociationStatus, Hostname, HostnameConnection } from '../hostnames/hostnames.types.js';
import { identifierProblem, malformedIdentifier } from '../../domain/cloudflare/call-url.js';
import { ZoneCertificate } from '../zone-certificates/zone-certificates.types.js';
import { zoneSettingsSchema } from '../zone-settings/zone-settings.schema.js';
import { ZoneSettingsService } from '../zone-settings/zone-settings.service.js';
import { ZoneSettings } from '../zone-settings/zone-settings.types.js';
import { Zone } from './zones.types.js';

/** Filtering this many associations takes about as long as making one object of the answer. */
const associationsPerObject = 20;

const zoneCertificatesIn = new PerAnswer((answer) =>
  wholeListOf(answer, certificateSchema).map((fields) => ZoneCertificate.from(fields)),
);

const hostnameCertificatesIn = new PerAnswer((answer, zoneId) =>
  wholeListOf(answer, certificateSchema).map((fields) => HostnameCertificate.from(zoneId, fields)),
);

/** Composes a zone from the resource groups. Each field makes its own call, so fields that are not selected cost none. */
@Resolver(() => Zone)
export class ZonesResolver {
  constructor(
    private readonly zoneSettings: ZoneSettingsService,
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
  zone(@Args('id', { type: () => ID, description: 'Identifier of the zone.' }) id: string): Zone {
    const problem = identifierProblem('zone_id', id);
    if (problem) throw malformedIdentifier(problem);
    return { id };
  }

  @Extensions(costsUpstreamCall)
  @ResolveField(() => ZoneSettings, { nullable: true, description: 'The settings of the zone level.' })
  async settings(@Ctx() ctx: RequestContext, @Parent() zone: Zone): Promise<ZoneSettings> {
    return resultOf(await this.zoneSettings.get(ctx, zone.id), zoneSettingsSchema);
  }

  @Extensions({ ...costsUpstreamCall, ...mayHold(100) })
  @ResolveField(() => [ZoneCertificate], {
    nullable: true,
    description: 'Zone-level certificates. Not paginated: Cloudflare returns them all.',
  })
  async certificates(@Ctx() ctx: RequestContext, @Parent() zone: Zone): Promise<ZoneCertificate[]> {
    return zoneCertificatesIn.of(ctx, zone.id, this.certificatesOfZone.list(ctx, zone.id));
  }

  @Extensions(costsUpstreamCall)
  @ResolveField(() => ZoneCertificate, { nullable: true, description: 'A zone-level certificate.' })
  async certificate(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args('id', { type: () => ID, description: 'Identifier of the certificate.' }) id: string,
  ): Promise<ZoneCertificate> {
    return ZoneCertificate.from(
      resultOf(await this.certificatesOfZone.get(ctx, zone.id, id), certificateSchema),
    );
  }

  @Extensions({ ...costsUpstreamCall, ...mayHoldFirst(maxPageSize) })
  @ResolveField(() => HostnameConnection, {
    nullable: true,
    description:
      'Hostnames associated with a certificate, in the order of their names: all but the deleted ones unless `status` says otherwise. At most 1,000 at a time. Cursors are opaque, and hold while associations come and go.',
  })
  async hostnames(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args('first', { type: () => Int, defaultValue: 50, description: 'How many; at most 1,000.' })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'The cursor to go on after.' })
    after: string | null,
    @Args('status', {
      type: () => [AssociationStatus],
      nullable: true,
      description: 'Only those in one of these statuses.',
    })
    status: AssociationStatus[] | null,
  ): Promise<HostnameConnection> {
    const page = pageRequest(first, after);
    const all = await this.associations.all(ctx, zone.id);
    await timeFor(ctx, all.length / associationsPerObject);
    return hostnamePage(zone.id, all, status, page);
  }

  @Extensions(costsUpstreamCall)
  @ResolveField(() => Hostname, { nullable: true, description: 'One hostname, with its certificate.' })
  async hostname(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args('name', { type: () => String, description: 'The hostname, internationalised or in A-labels.' })
    name: string,
  ): Promise<Hostname> {
    const answer = await this.hostnamesService.get(ctx, zone.id, hostnameInALabels(name));
    return Hostname.from(zone.id, resultOf(answer, hostnameResultSchema));
  }

  @Extensions({ ...costsUpstreamCall, ...mayHold(10) })
  @ResolveField(() => [HostnameCertificate], {
    nullable: true,
    description: 'Hostname certificates. Not paginated: a zone holds at most ten.',
  })
  async hostnameCertificates(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
  ): Promise<HostnameCertificate[]> {
    return hostnameCertificatesIn.of(ctx, zone.id, this.certificatesOfHostnames.list(ctx, zone.id));
  }

  @Extensions(costsUpstreamCall)
  @ResolveField(() => HostnameCertificate, { nullable: true, description: 'A hostname certificate.' })
  async hostnameCertificate(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args('id', { type: () => ID, description: 'Identifier of the certificate.' }) id: string,
  ): Promise<HostnameCertificate> {
    const answer = await this.certificatesOfHostnames.get(ctx, zone.id, id);
    return HostnameCertificate.from(zone.id, resultOf(answer, certificateSchema));
  }

  @Extensions({ ...costsUpstreamCall, ...mayHoldFirst(mostEvents), ...dependsOn('caller') })
  @ResolveField(() => AuditEventConnection, {
    nullable: true,
    description:
      'The audit log of this zone, newest events first, for whoever may read the zone at Cloudflare. Reading it is recorded too. Cursors are opaque, and hold while events arrive.',
  })
  auditEvents(
    @Ctx() ctx: RequestContext,
    @Parent() zone: Zone,
    @Args() args: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    return this.auditEventConnections.page(ctx, zone.id, args);
  }
}
