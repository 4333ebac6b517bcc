import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { canonicalNameOf } from '../associations/associations.js';
import { certificateSchema } from '../certificates/certificate.schema.js';
import { ZoneCertificates } from '../certificates/certificates.service.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { hostnameInALabels, malformedInputs } from '../../api/graphql/errors/identifier-input.js';
import { afterChange, changedIn, unreadable, wholeListOf } from '../../api/graphql/results/results.js';
import { type UserError, UserErrorCode, userErrorsOf } from '../../api/graphql/errors/user-error.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { hostnameResultSchema } from './hostnames.schema.js';
import { HostnamesService } from './hostnames.service.js';
import { Hostname, HostnameAction, UpdateHostnamesInput, UpdateHostnamesPayload } from './hostnames.types.js';

const enabledBy = {
  [HostnameAction.ENABLE]: true,
  [HostnameAction.DISABLE]: false,
  [HostnameAction.VOID]: null,
};

const certificateIdRequired = 1404;
const invalidCertificateId = 1415;

interface Change {
  readonly hostname: string;
  readonly cert_id: string;
  readonly enabled: boolean | null;
}

@Resolver(() => Hostname)
export class HostnamesResolver {
  constructor(
    private readonly hostnames: HostnamesService,
    private readonly zoneCertificates: ZoneCertificates,
  ) {}

  @Extensions(carriesOut('hostname.update'))
  @Mutation(() => UpdateHostnamesPayload, {
    description: 'All changes in one call to Cloudflare; at most 100 hostnames per certificate.',
  })
  async updateHostnames(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What is to change.' }) { zoneId, changes }: UpdateHostnamesInput,
  ): Promise<UpdateHostnamesPayload> {
    const config = changes.map(({ hostname, certificateId, action }) => ({
      hostname: hostnameInALabels(hostname),
      cert_id: certificateId,
      enabled: enabledBy[action],
    }));
    const mistakes = mistakesIn(zoneId, config);
    if (mistakes.length > 0) return { hostnames: null, userErrors: mistakes };
    const answer = await this.hostnames.update(ctx, zoneId, { config });
    const userErrors = await this.refusals(ctx, zoneId, config, answer);
    if (userErrors.length > 0) return { hostnames: null, userErrors };
    const hostnames = afterChange(ctx, answer, () => inOrder(zoneId, config, answer));
    return { hostnames, userErrors };
  }

  private async refusals(
    ctx: RequestContext,
    zoneId: string,
    config: readonly Change[],
    answer: Answer,
  ): Promise<UserError[]> {
    const changes = ['input', 'changes'];
    const errors = userErrorsOf(ctx, answer, {
      [certificateIdRequired]: {
        code: UserErrorCode.INVALID_INPUT,
        message: 'Each change needs the id of a hostname certificate, a void too.',
        field: changes,
      },
      [invalidCertificateId]: {
        code: UserErrorCode.NOT_FOUND,
        message:
          'A certificate that is named here is no hostname certificate of this zone, or has been deleted. Nothing was changed.',
        field: changes,
      },
    });
    if (!errors.some(({ upstreamCode }) => upstreamCode === invalidCertificateId)) return errors;
    const explained = await this.zoneCertificatesAmong(ctx, zoneId, config);
    if (explained.length === 0) return errors;
    return [...errors.filter(({ upstreamCode }) => upstreamCode !== invalidCertificateId), ...explained];
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
      return [{ ...invalidChange(index, 'certificateId', message), upstreamCode: invalidCertificateId }];
    });
  }
}

function mistakesIn(zoneId: string, config: readonly Change[]): UserError[] {
  const malformed = malformedInputs([
    ['zone_id', zoneId, ['zoneId']],
    ...config.flatMap(({ hostname, cert_id }, index): Parameters<typeof malformedInputs>[0] => [
      ['hostname', hostname, ['changes', String(index), 'hostname']],
      ['certificate_id', cert_id, ['changes', String(index), 'certificateId']],
    ]),
  ]);
  if (config.length === 0) {
    const message = 'There is nothing to change: give at least one change.';
    return [...malformed, { code: UserErrorCode.INVALID_INPUT, message, field: ['input', 'changes'] }];
  }
  const names = config.map(canonicalNameOf);
  const message = 'This hostname is named twice: give one change a hostname.';
  const repeated = names.flatMap((name, index) =>
    names.indexOf(name) < index ? [invalidChange(index, 'hostname', message)] : [],
  );
  return [...malformed, ...repeated];
}

function invalidChange(index: number, member: string, message: string): UserError {
  return { code: UserErrorCode.INVALID_INPUT, message, field: ['input', 'changes', String(index), member] };
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
