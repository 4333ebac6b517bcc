import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { refusalErrors } from '../../api/graphql/errors/refusal-errors.js';
import {
  LimitReached,
  type UserError,
  userError,
  UserErrorCode,
} from '../../api/graphql/errors/user-error.js';
import { afterChange, changedIn, unreadable, wholeListOf } from '../../api/graphql/results/results.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { Associations, canonicalNameOf } from '../associations/associations.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { ZoneCertificates } from '../certificates/certificates.service.js';
import { payloadOf } from '../zone/payload.js';
import { AssociationChanges, type Change, invalidChange } from './association-changes.js';
import { hostnameResultSchema } from './hostnames.schema.js';
import { HostnamesService } from './hostnames.service.js';
import { Hostname, UpdateHostnamesInput, UpdateHostnamesPayload } from './hostnames.types.js';

const certificateIdRequired = 1404;
const invalidCertificateId = 1415;
const mostPerCertificate = 100;

@Resolver(() => Hostname)
export class HostnamesResolver {
  constructor(
    private readonly hostnames: HostnamesService,
    private readonly changes: AssociationChanges,
    private readonly zoneCertificates: ZoneCertificates,
    private readonly associations: Associations,
  ) {}

  @Extensions(carriesOut('hostname.update'))
  @Mutation(() => UpdateHostnamesPayload, {
    description: 'Makes all changes in one call to Cloudflare; at most 100 hostnames per certificate.',
  })
  async updateHostnames(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What is to change.' }) input: UpdateHostnamesInput,
  ): Promise<UpdateHostnamesPayload> {
    const { zoneId } = input;
    const refused = (userErrors: UserError[]) => ({ ...payloadOf(ctx, zoneId, userErrors), hostnames: null });
    const { config, mistakes } = await this.changes.read(ctx, input);
    if (mistakes.length > 0) return refused(mistakes);
    const answer = await this.hostnames.update(ctx, zoneId, { config });
    const errors = await this.refusals(ctx, zoneId, config, answer);
    if (errors.length > 0) return refused(errors);
    const hostnames = afterChange(ctx, answer, () => inOrder(zoneId, config, answer));
    return { ...payloadOf(ctx, zoneId, []), hostnames };
  }

  private async refusals(
    ctx: RequestContext,
    zoneId: string,
    config: readonly Change[],
    answer: Answer,
  ): Promise<UserError[]> {
    const field = ['input', 'changes'];
    const errors = refusalErrors(ctx, answer, {
      [certificateIdRequired]: {
        code: UserErrorCode.INVALID_INPUT,
        message: 'Each change needs the id of a hostname certificate.',
        field,
      },
      [invalidCertificateId]: {
        code: UserErrorCode.NOT_FOUND,
        message:
          'A certificate that is named here is no hostname certificate of this zone, or has been deleted. Nothing was changed.',
        field,
      },
    });
    const isInvalidId = ({ upstreamCode }: UserError) => upstreamCode === invalidCertificateId;
    const named = errors.some(isInvalidId) ? await this.zoneCertificatesAmong(ctx, zoneId, config) : [];
    // What the zone shows is said once, in place of all that Cloudflare says of it.
    const told = named.length > 0 ? [...errors.filter((error) => !isInvalidId(error)), ...named] : errors;
    return Promise.all(
      told.map(async (error) =>
        error instanceof LimitReached ? this.limitReached(ctx, zoneId, config, error) : error,
      ),
    );
  }

  /** Cloudflare answers only 1415 if a change names a zone certificate, so these are looked up here. */
  private async zoneCertificatesAmong(ctx: RequestContext, zoneId: string, config: readonly Change[]) {
    const list = await this.zoneCertificates
      .list(ctx, zoneId)
      .then((answer) => wholeListOf(answer, certificateSchema))
      .catch(() => []);
    const ofTheZone = new Set(list.map(({ id }) => id?.toLowerCase()));
    return config.flatMap(({ cert_id }, index): UserError[] => {
      if (!ofTheZone.has(cert_id.toLowerCase())) return [];
      const message = `${cert_id} is a zone-level certificate, shown to every origin of the zone. A hostname needs a hostname certificate: upload one with uploadHostnameCertificate and give its id here. Nothing was changed.`;
      const error = invalidChange(index, 'certificateId', message);
      return [userError({ ...error, upstreamCode: invalidCertificateId })];
    });
  }

  /** The same error, with the number of associations of the certificate that would have the most. */
  private async limitReached(
    ctx: RequestContext,
    zoneId: string,
    config: readonly Change[],
    error: LimitReached,
  ): Promise<LimitReached> {
    const ids = new Set(config.filter(({ enabled }) => enabled !== null).map(({ cert_id }) => cert_id));
    const counts = [...ids].map(async (id) => (await this.associations.using(ctx, zoneId, id)).length);
    const used = await Promise.all(counts).catch(() => []);
    return Object.assign(new LimitReached(), error, {
      limit: mostPerCertificate,
      used: used.length > 0 ? Math.max(...used) : null,
    });
  }
}

/** Cloudflare answers an array in any order, which may contain all associations of the zone. */
function inOrder(zoneId: string, config: readonly Change[], answer: Answer): Hostname[] {
  const changed = Map.groupBy(changedIn(answer, hostnameResultSchema), canonicalNameOf);
  return config.map((change) => {
    const named = changed.get(canonicalNameOf(change)) ?? [];
    const certificateId = change.cert_id.toLowerCase();
    const fields = named.findLast(({ certId }) => certId?.toLowerCase() === certificateId) ?? named.at(-1);
    if (!fields) throw unreadable(answer, `without ${change.hostname}, which was to change`);
    return Hostname.from(zoneId, fields);
  });
}
