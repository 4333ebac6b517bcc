import { Injectable } from '@nestjs/common';
import {
  certificateIdErrors,
  hostnameErrors,
  hostnameInALabels,
  zoneIdErrors,
} from '../../api/graphql/errors/identifier-input.js';
import {
  invalidInput,
  type UserError,
  userError,
  UserErrorCode,
} from '../../api/graphql/errors/user-error.js';
import { isNotThere, refusalError, resultOf } from '../../api/graphql/results/results.js';
import { certificateIdIn } from '../../api/graphql/schema/node-id.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { canonicalNameOf } from '../associations/associations.js';
import { hostnameResultSchema } from './hostnames.schema.js';
import { HostnamesService } from './hostnames.service.js';
import { HostnameAction, type HostnameChange, type UpdateHostnamesInput } from './hostnames.types.js';

/** A change of an association, as Cloudflare takes it. */
export interface Change {
  readonly hostname: string;
  readonly cert_id: string;
  readonly enabled: boolean | null;
}

interface Read {
  readonly config: readonly Change[];
  readonly mistakes: UserError[];
}

const enabledBy = {
  [HostnameAction.ENABLE]: true,
  [HostnameAction.DISABLE]: false,
  [HostnameAction.VOID]: null,
};

/** Reads the input of a change of hostnames. A void without a certificate takes that of the association. */
@Injectable()
export class AssociationChanges {
  constructor(private readonly hostnames: HostnamesService) {}

  async read(ctx: RequestContext, { zoneId, changes }: UpdateHostnamesInput): Promise<Read> {
    const named = changes.map((change) => ({ ...change, hostname: hostnameInALabels(change.hostname) }));
    const mistakes = mistakesIn(zoneId, named);
    if (mistakes.length > 0) return { config: [], mistakes };
    const read = await Promise.all(named.map((change, index) => this.one(ctx, zoneId, change, index)));
    return {
      config: read.filter((each) => 'cert_id' in each),
      mistakes: read.filter((each) => 'message' in each),
    };
  }

  private async one(
    ctx: RequestContext,
    zoneId: string,
    { hostname, action, certificateId }: HostnameChange,
    index: number,
  ): Promise<Change | UserError> {
    const enabled = enabledBy[action];
    if (typeof certificateId === 'string') {
      return { hostname, cert_id: certificateIdIn(certificateId), enabled };
    }
    const answer = await this.hostnames.get(ctx, zoneId, hostname);
    if (!answer.ok && !isNotThere(answer)) throw refusalError(answer);
    const cert_id = answer.ok ? resultOf(answer, hostnameResultSchema).certId : null;
    if (cert_id !== null) return { hostname, cert_id, enabled };
    const message = `${hostname} is not associated with a certificate, so there is nothing to void. Nothing was changed.`;
    return userError({ ...invalidChange(index, 'hostname', message), code: UserErrorCode.NOT_FOUND });
  }
}

function mistakesIn(zoneId: string, changes: readonly HostnameChange[]): UserError[] {
  const malformed = [
    ...zoneIdErrors(zoneId),
    ...changes.flatMap((change, index) => [
      ...hostnameErrors(change.hostname, 'changes', String(index), 'hostname'),
      ...certificateMistakes(zoneId, change, index),
    ]),
  ];
  if (changes.length === 0) {
    return [...malformed, invalidInput('There is nothing to change: give at least one change.', 'changes')];
  }
  const names = changes.map(canonicalNameOf);
  const message = 'This hostname is named twice: give one change a hostname.';
  const repeated = names.flatMap((name, index) =>
    names.indexOf(name) < index ? [invalidChange(index, 'hostname', message)] : [],
  );
  return [...malformed, ...repeated];
}

function certificateMistakes(
  zoneId: string,
  { action, certificateId }: HostnameChange,
  index: number,
): UserError[] {
  const certificate = { zoneId, kind: 'hostname_certificate' as const };
  if (typeof certificateId === 'string') {
    return certificateIdErrors(certificateId, certificate, 'changes', String(index), 'certificateId');
  }
  if (action === HostnameAction.VOID) return [];
  return [
    invalidChange(
      index,
      'certificateId',
      `${action} needs a certificate: give the id of a hostname certificate.`,
    ),
  ];
}

export function invalidChange(index: number, member: string, message: string): UserError {
  return invalidInput(message, 'changes', String(index), member);
}
