import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { type RequestContext } from '../context/request-context.js';
import { type ErrorDetails } from '../errors/gateway-error.js';
import { type Answer } from '../upstream/answer.js';
import { outcomeIsUnknown } from '../upstream/failure.js';
import { camelCased, type CamelCased } from './camel-cased.js';
import { codeOfRefusal } from './error-codes.js';
import { countsMoreThan } from './result-info.js';
import { retryAfterIn } from './retry-after.js';

/** What Cloudflare refused, as a GraphQL error of the field that asked. */
export function refusalError(answer: Answer, code = codeOfRefusal(answer.status)): GraphQLError {
  const text = answer.reasons.map(({ message }) => message).join(' ');
  const said = answer.isRefusedWithin ? `${answer.status} and refused` : answer.status;
  return new GraphQLError(`Cloudflare answered ${said}. ${text}`.trim(), {
    extensions: { code, ...saidIn(answer), ...retryAfterIn(answer.headers) },
  });
}

/** The same of a change: a 5xx says that Cloudflare failed, and not that it had changed nothing before. */
export function changeRefusal(ctx: RequestContext, answer: Answer): GraphQLError {
  const { message, extensions } = refusalError(answer);
  if (answer.isRefusal) return new GraphQLError(message, { extensions });
  const { operationId } = ctx;
  // Where the read before the change fails, no change is sent.
  if (operationId === null) return new GraphQLError(`${message} Nothing was changed.`, { extensions });
  return new GraphQLError(`${message} ${outcomeIsUnknown(ctx)}`, {
    extensions: { ...extensions, operationId },
  });
}

/** What is known of an answer that could not be read. */
export function upstreamOf({ status, answered, headers = {}, operationId }: ErrorDetails) {
  const said = answered?.status ?? status;
  return {
    ...(said !== undefined && extensionsOf({ status: said, headers, codes: answered?.codes ?? [] })),
    ...retryAfterIn(headers),
    ...(typeof operationId === 'string' && { operationId }),
  };
}

/**
 * The one thing that is the `result` of an answer, under GraphQL's names. An array of one is that one.
 *
 * @throws GraphQLError where Cloudflare refused, or answered something else
 */
export function resultOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>> {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  const items = Array.isArray(result) ? (result as unknown[]) : [result];
  if (items.length !== 1) throw unreadable(answer, `${items.length} things where one was asked for`);
  return readItem(answer, schema, items[0]);
}

/**
 * The `result` of an answer to a list that has no pages.
 *
 * @throws GraphQLError as `resultsOf`, and where more is counted than came
 */
export function wholeListOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  const items = resultsOf(answer, schema);
  if (!countsMoreThan(items.length, answer.envelope['result_info'])) return items;
  throw unreadable(answer, `a list of ${items.length} where it counts more`);
}

/**
 * The `result` of an answer to a list, or to a page of one; null is how Cloudflare says that it is empty.
 *
 * @throws GraphQLError where Cloudflare refused, or answered something of which not all can be read
 */
export function resultsOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  if (result === null) return [];
  if (!Array.isArray(result)) throw unreadable(answer, 'something else where a list was asked for');
  return result.map((item) => readItem(answer, schema, item));
}

/**
 * What can be read in the answer to a change. Beside what was changed others may stand in it, in any order; or it alone, in no
 * array.
 */
export function changedIn<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  const items = Array.isArray(result) ? (result as unknown[]) : [result];
  return items.flatMap((item) => {
    const { fields } = itemIn(schema, item);
    return fields ? [fields] : [];
  });
}

/**
 * Reads the answer to a change.
 *
 * @throws GraphQLError that says that the change was made, where Cloudflare said so and the answer cannot be read
 */
export function afterChange<T>(ctx: RequestContext, answer: Answer, read: () => T): T {
  if (!answer.ok) throw changeRefusal(ctx, answer);
  const { operationId } = ctx;
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

/** Cloudflare answered with success, and in a shape that says nothing certain. */
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

/** What a thing is known by. */
const names = ['id', 'hostname'];
/** Null says something of them, and not that they could not be read. */
const decisive = ['cert_id', 'enabled'];

type Item<T extends z.ZodObject> =
  | { readonly fields: CamelCased<z.output<T>>; readonly problem?: undefined }
  | { readonly fields?: undefined; readonly problem: string };

/** A thing in an answer. Everything may be missing but what it is known by. */
function itemIn<T extends z.ZodObject>(schema: T, item: unknown): Item<T> {
  if (!isObject(item)) return { problem: 'is no object' };
  const fields: Readonly<Record<string, unknown>> = schema.parse(item);
  const missing = names.find((name) => fields[name] === null || fields[name] === '');
  if (missing !== undefined) return { problem: `has no ${missing}` };
  const odd = decisive.find((name) => fields[name] === null && (item[name] ?? null) !== null);
  if (odd !== undefined) return { problem: `has another ${odd} than documented` };
  return { fields: camelCased(fields) as CamelCased<z.output<T>> };
}

function saidIn({ status, headers, reasons }: Answer): GraphQLErrorExtensions {
  return extensionsOf({ status, headers, codes: reasons.map(({ code }) => code) });
}

function extensionsOf({
  status,
  headers,
  codes,
}: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly codes: readonly (number | null)[];
}) {
  return {
    upstreamStatus: status,
    upstreamCodes: codes.filter((code) => code !== null),
    cfRay: headers['cf-ray'] ?? null,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
