import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { type Reason } from '../../../domain/cloudflare/reasons.js';
import { requiredPermission } from '../../../domain/cloudflare/verdict.js';
import { changeRefusal } from '../results/results.js';
import { masked } from './mask.js';
import { permissionMissing, type UserError, userError, UserErrorCode } from './user-error.js';

type Explanation = Pick<UserError, 'code' | 'message' | 'field'>;

/** The meanings of Cloudflare's codes for one operation: other operations use the same codes with other meanings. */
export type Explanations = Readonly<Record<number, Explanation>>;

// Statuses that no other input changes. A 403 without a missing permission is one too.
const notTheirs = [401, 403, 429];

/**
 * Cloudflare's refusal as errors that the caller can correct; empty if it did not refuse.
 *
 * @throws GraphQLError if the caller cannot correct it: an unknown credential, too many calls, a failure
 */
export function refusalErrors(ctx: RequestContext, answer: Answer, explanations: Explanations): UserError[] {
  if (answer.ok) return [];
  const permission = answer.isRefusal ? requiredPermission(answer.said, answer.operation) : null;
  if (permission !== null) return permissionErrors(permission, answer.reasons);
  if (answer.status >= 500 || notTheirs.includes(answer.status)) throw changeRefusal(ctx, answer);
  const { reasons } = answer;
  if (reasons.length === 0) throw changeRefusal(ctx, answer);
  return reasons.map(({ code, message }) =>
    userError({
      ...((code === null ? undefined : explanations[code]) ?? fallback(answer.status, message)),
      upstreamCode: code,
    }),
  );
}

function permissionErrors(permission: string, reasons: readonly Reason[]): UserError[] {
  const given = reasons.length > 0 ? reasons : [{ code: null, message: '' }];
  return given.map(({ code, message }) => permissionMissing(permission, code, saidBy(message)));
}

/** What Cloudflare said, as a sentence behind the gateway's own; empty if it said nothing. */
function saidBy(message: string): string {
  return message === '' ? '' : ` Cloudflare said: ${masked(message)}`;
}

function fallback(status: number, message: string): Explanation {
  if (status === 409) {
    return {
      code: UserErrorCode.CONFLICT,
      message: `Another change was under way in this zone. Look at the zone, then try again.${saidBy(message)}`,
    };
  }
  if (/\blimit|maximum|quota|too many\b/i.test(message)) {
    return { code: UserErrorCode.LIMIT_REACHED, message: masked(message) };
  }
  const code = status === 404 ? UserErrorCode.NOT_FOUND : UserErrorCode.REJECTED;
  return { code, message: `Cloudflare refused: ${masked(message)}` };
}
