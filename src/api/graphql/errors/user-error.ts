import { Field, InterfaceType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum UserErrorCode {
  INVALID_INPUT = 'INVALID_INPUT',
  NOT_FOUND = 'NOT_FOUND',
  CONFLICT = 'CONFLICT',
  LIMIT_REACHED = 'LIMIT_REACHED',
  PERMISSION_MISSING = 'PERMISSION_MISSING',
  REJECTED = 'REJECTED',
}

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'The kind of a mistake.',
  valuesMap: {
    INVALID_INPUT: { description: 'The input cannot be used as it is.' },
    NOT_FOUND: { description: 'The thing that the input names does not exist.' },
    CONFLICT: { description: 'The present state of the zone does not allow it.' },
    LIMIT_REACHED: { description: "One of Cloudflare's limits is reached." },
    PERMISSION_MISSING: { description: 'The credential lacks a permission.' },
    REJECTED: { description: 'Cloudflare refused for another reason, which the message gives.' },
  },
});

@InterfaceType({ description: 'A mistake that the person who asks can correct.' })
export abstract class UserError {
  @Field(() => UserErrorCode, { description: 'The kind of the mistake.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'What happened, and what to do.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'The path to the input that is wrong, for example `["input", "privateKey"]`.',
  })
  field?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Cloudflare's error code, if Cloudflare refused.",
  })
  upstreamCode?: number | null;
}

@ObjectType({ implements: () => UserError, description: 'The input cannot be used as it is.' })
class InvalidInput extends UserError {}

@ObjectType({ implements: () => UserError, description: "One of Cloudflare's limits is reached." })
export class LimitReached extends UserError {
  @Field(() => Int, { nullable: true, description: 'The limit. Null if it is not known.' })
  limit!: number | null;

  @Field(() => Int, { nullable: true, description: 'How much of it is used. Null if it cannot be read.' })
  used!: number | null;
}

@ObjectType({ implements: () => UserError, description: 'The credential lacks a permission.' })
class PermissionMissing extends UserError {
  @Field(() => String, {
    description:
      "The name of the permission in Cloudflare's dashboard, for example `SSL and Certificates Write`.",
  })
  permission!: string;
}

@ObjectType({ implements: () => UserError, description: 'A mistake without a type of its own.' })
class OtherError extends UserError {}

/** One error of the type that its code calls for. */
export function userError(fields: UserError): UserError {
  switch (fields.code) {
    case UserErrorCode.INVALID_INPUT:
      return Object.assign(new InvalidInput(), fields);
    case UserErrorCode.LIMIT_REACHED:
      return Object.assign(new LimitReached(), { limit: null, used: null }, fields);
    default:
      return Object.assign(new OtherError(), fields);
  }
}

/** @param said what Cloudflare said, behind a space; or empty */
export function permissionMissing(permission: string, upstreamCode: number | null, said: string): UserError {
  return Object.assign(new PermissionMissing(), {
    code: UserErrorCode.PERMISSION_MISSING,
    message: `Cloudflare refuses this credential in this zone: the change needs the permission ${permission}. Nothing was changed.${said}`,
    permission,
    upstreamCode,
  });
}

/** @param field the path below `input` */
export function invalidInput(message: string, ...field: string[]): UserError {
  return userError({ code: UserErrorCode.INVALID_INPUT, message, field: ['input', ...field] });
}
