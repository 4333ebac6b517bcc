import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { masked } from './mask.js';
import { changeRefusal } from '../results/results.js';

export enum UserErrorCode {
  INVALID_INPUT = 'INVALID_INPUT',
  NOT_FOUND = 'NOT_FOUND',
  CONFLICT = 'CONFLICT',
  LIMIT_REACHED = 'LIMIT_REACHED',
  REJECTED = 'REJECTED',
}

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'What kind of mistake it is.',
  valuesMap: {
    INVALID_INPUT: { description: 'The input cannot be used as it is.' },
    NOT_FOUND: { description: 'What the input names is not there.' },
    CONFLICT: { description: 'The state of the zone does not allow it now.' },
    LIMIT_REACHED: { description: "One of Cloudflare's limits is reached." },
    REJECTED: { description: 'Cloudflare refused for another reason, which the message gives.' },
  },
});

@ObjectType({ description: 'Something that the person asking can put right.' })
export class UserError {
  @Field(() => UserErrorCode, { description: 'What kind of mistake it is.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'What happened, and what to do.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Path to the input at fault, for example `["input", "privateKey"]`.',
  })
  field?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Cloudflare's own code, when the refusal was Cloudflare's.",
  })
  upstreamCode?: number | null;
}

type Explanation = Pick<UserError, 'code' | 'message' | 'field'>;

/** What Cloudflare's codes mean for one operation: they are reused with other meanings elsewhere. */
export type Explanations = Readonly<Record<number, Explanation>>;

// Statuses that no other input changes.
const notTheirs = [401, 403, 429];

/**
 * Cloudflare's refusal as errors that the caller can correct; empty if it did not refuse.
 *
 * @throws GraphQLError if no input can correct it: no permission, too many calls, a failure
 */
export function userErrorsOf(ctx: RequestContext, answer: Answer, explanations: Explanations): UserError[] {
  if (answer.ok) return [];
  if (answer.status >= 500 || notTheirs.includes(answer.status)) throw changeRefusal(ctx, answer);
  const { reasons } = answer;
  if (reasons.length === 0) throw changeRefusal(ctx, answer);
  return reasons.map(({ code, message }) => ({
    ...((code === null ? undefined : explanations[code]) ?? fallback(answer.status, message)),
    upstreamCode: code,
  }));
}

function fallback(status: number, message: string): Explanation {
  if (status === 409) {
    const said = message === '' ? '' : ` Cloudflare said: ${masked(message)}`;
    return {
      code: UserErrorCode.CONFLICT,
      message: `Another change was under way in this zone. Look at the zone, then try again.${said}`,
    };
  }
  if (/\blimit|maximum|quota|too many\b/i.test(message)) {
    return { code: UserErrorCode.LIMIT_REACHED, message: masked(message) };
  }
  const code = status === 404 ? UserErrorCode.NOT_FOUND : UserErrorCode.REJECTED;
  return { code, message: `Cloudflare refused: ${masked(message)}` };
}
