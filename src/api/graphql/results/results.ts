import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type ErrorDetails } from '../../../platform/errors/gateway-error.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { requiredPermission } from '../../../domain/cloudflare/verdict.js';
import { outcomeIsUnknown } from '../../../gateway/upstream/failures/failure.js';
import { camelCased, type CamelCased } from './camel-cased.js';
import { countsMoreThan } from './result-info.js';

const codes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
};

/** `extensions.code` of what Cloudflare refused. */
export function codeOfRefusal(status: number): string {
  return status >= 500 ? 'UPSTREAM_FAILED' : (codes[status] ?? 'REJECTED');
}

/** A refusal of Cloudflare's as a GraphQL error. */
export function refusalError(answer: Answer, code = codeOfRefusal(answer.status)): GraphQLError {
  const text = answer.reasons.map(({ message }) => message).join(' ');
  const said = answer.isRefusedWithin ? `${answer.status} and refused` : answer.status;
  return new GraphQLError(`Cloudflare answered ${said}. ${text}`.trim(), {
    extensions: { code, ...saidIn(answer), ...retryAfterIn(answer.headers) },
  });
}

/** The same for a change. After a 5xx it is unknown whether the change was made. */
export function changeRefusal(ctx: RequestContext, answer: Answer): GraphQLError {
  const { message, extensions } = refusalError(answer);
  if (answer.isRefusal) return new GraphQLError(message, { extensions });
  const operationId = ctx.change?.operationId;
  // Without an operation id no change was sent: the read before it failed.
  if (!operationId) return new GraphQLError(`${message} Nothing was changed.`, { extensions });
  return new GraphQLError(`${message} ${outcomeIsUnknown(ctx)}`, {
    extensions: { ...extensions, operationId },
  });
}

/** The extensions of an error about an answer that could not be read. */
export function upstreamOf({ status, answered, headers = {}, operationId, ...details }: ErrorDetails) {
  const said = answered?.status ?? status;
  return {
    ...(said !== undefined && extensionsOf(said, headers, answered?.codes ?? [])),
    ...permissionIn(details.requiredPermission ?? null),
    ...retryAfterIn(headers),
    ...(typeof operationId === 'string' && { operationId }),
  };
}

/** How many seconds to wait, if upstream said so (RFC 9110 §10.2.3: seconds, or a date). */
function retryAfterIn(headers: Readonly<Record<string, string>>): { retryAfter?: number } {
  const given = headers['retry-after'] ?? '';
  const isNumber = /^\d{1,9}$/.test(given);
  const seconds = isNumber ? Number(given) : Math.ceil((Date.parse(given) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? {} : { retryAfter: Math.max(0, seconds) };
}

/** The one item in an answer. Throws a GraphQLError if Cloudflare refused, or answered something else. */
export function resultOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>> {
  if (!answer.ok) throw refusalError(answer);
  const items = [answer.envelope.result].flat();
  if (items.length !== 1) throw unreadable(answer, `${items.length} things where one was asked for`);
  return readItem(answer, schema, items[0]);
}

/** Cloudflare's codes for a certificate, or an association, that does not exist. */
const notThere = [1551, 1552, 1553];

/** Whether Cloudflare says that what was asked for does not exist. */
export function isNotThere(answer: Answer): boolean {
  return answer.isRefusal && answer.said.codes.some((code) => notThere.includes(code));
}

/** As `resultOf`, but null if what was asked for does not exist. */
export function resultOrNull<T extends z.ZodObject>(
  answer: Answer,
  schema: T,
): CamelCased<z.output<T>> | null {
  return isNotThere(answer) ? null : resultOf(answer, schema);
}

/** The items in an answer to a list without pages. Throws as `resultsOf`, and if `result_info` counts more items. */
export function wholeListOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  const items = resultsOf(answer, schema);
  if (!countsMoreThan(items.length, answer.envelope['result_info'])) return items;
  throw unreadable(answer, `a list of ${items.length} where it counts more`);
}

/** The items in an answer to a list or a page. Throws a GraphQLError if Cloudflare refused, or an item cannot be read. */
export function resultsOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  if (result === null) return [];
  if (!Array.isArray(result)) throw unreadable(answer, 'something else where a list was asked for');
  return result.map((item) => readItem(answer, schema, item));
}

/** The readable items in the answer to a change: Cloudflare answers the changed one, or an array with others too. */
export function changedIn<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const items = [answer.envelope.result].flat();
  return items.flatMap((item) => {
    const { fields } = itemIn(schema, item);
    return fields ? [fields] : [];
  });
}

/** Reads the answer to a change. If it cannot be read, the GraphQLError says that the change was made. */
export function afterChange<T>(ctx: RequestContext, answer: Answer, read: () => T): T {
  if (!answer.ok) throw changeRefusal(ctx, answer);
  const operationId = ctx.change?.operationId;
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(
      `The change was made. ${error.message} Do not send it again: look at the zone. Operation ${operationId}.`,
      { extensions: { ...error.extensions, operationId } },
    );
  }
}

/** The error for an answer that reports success in an unexpected shape. */
export function unreadable(answer: Answer, what: string): GraphQLError {
  return new GraphQLError(`Cloudflare answered ${what}.`, {
    extensions: { code: 'UPSTREAM_INVALID', ...saidIn(answer) },
  });
}

function readItem<T extends z.ZodObject>(answer: Answer, schema: T, item: unknown): CamelCased<z.output<T>> {
  const { fields, problem } = itemIn(schema, item);
  if (fields) return fields;
  throw unreadable(answer, `something that ${problem}`);
}

/** The members that identify an item. */
const names = ['id', 'hostname'];
/** Members whose null has a meaning, so that a value of another type must not become null. */
const decisive = ['cert_id', 'enabled'];

type Item<T extends z.ZodObject> =
  | { readonly fields: CamelCased<z.output<T>>; readonly problem?: undefined }
  | { readonly fields?: undefined; readonly problem: string };

/** Reads one item of an answer. All its members are optional except those that identify it. */
function itemIn<T extends z.ZodObject>(schema: T, item: unknown): Item<T> {
  if (!isObject(item)) return { problem: 'is no object' };
  const fields: Readonly<Record<string, unknown>> = schema.parse(item);
  const missing = names.find((name) => fields[name] === null || fields[name] === '');
  if (missing !== undefined) return { problem: `has no ${missing}` };
  const odd = decisive.find((name) => fields[name] === null && (item[name] ?? null) !== null);
  if (odd !== undefined) return { problem: `has another ${odd} than documented` };
  return { fields: camelCased(fields) as CamelCased<z.output<T>> };
}

function saidIn({ status, headers, said, operation }: Answer): GraphQLErrorExtensions {
  return {
    ...extensionsOf(status, headers, said.codes),
    ...permissionIn(requiredPermission(said, operation)),
  };
}

function permissionIn(permission: string | null): { requiredPermission?: string } {
  return permission === null ? {} : { requiredPermission: permission };
}

function extensionsOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  upstreamCodes: readonly number[],
) {
  return { upstreamStatus: status, upstreamCodes, cfRay: headers['cf-ray'] ?? null };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
