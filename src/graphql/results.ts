import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { type RequestContext } from '../context/request-context.js';
import { type ErrorDetails } from '../errors/gateway-error.js';
import { type Answer } from '../upstream/answer.js';
import { camelCased, type CamelCased } from './camel-cased.js';
import { codeOfRefusal } from './error-codes.js';
import { retryAfterIn } from './retry-after.js';

/** What Cloudflare refused, as a GraphQL error of the field that asked. */
export function refusalError(answer: Answer, code = codeOfRefusal(answer.status)): GraphQLError {
  const text = answer.reasons.map(({ message }) => message).join(' ');
  return new GraphQLError(`Cloudflare answered ${answer.status}. ${text}`.trim(), {
    extensions: { code, ...saidIn(answer), ...retryAfterIn(answer.headers) },
  });
}

/** What is known of an answer that was no envelope: there are no codes in it. */
export function upstreamOf({ status, headers }: ErrorDetails) {
  return status === undefined
    ? {}
    : { ...extensionsOf({ status, headers: headers ?? {}, codes: [] }), ...retryAfterIn(headers ?? {}) };
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
 * The `result` of an answer to a list; null is how Cloudflare says that it is empty.
 *
 * @throws GraphQLError where Cloudflare refused, or answered what may not be the whole list
 */
export function resultsOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  if (result === null) return [];
  if (!Array.isArray(result)) throw unreadable(answer, 'something else where a list was asked for');
  return result.map((item) => readItem(answer, schema, item));
}

/** What stands in the answer to a change that is to be a list. Others may stand in it, in any order, or only one, by itself. */
export function changedIn<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  const items = Array.isArray(result) ? (result as unknown[]) : [result];
  return items.filter(isObject).map((item) => camelCased(schema.parse(item)));
}

/**
 * Reads the answer to a change.
 *
 * @throws GraphQLError that says that the change was made, where Cloudflare said so and the answer cannot be read
 */
export function afterChange<T>({ operationId }: RequestContext, answer: Answer, read: () => T): T {
  if (!answer.ok) throw refusalError(answer);
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
  if (!isObject(item)) throw unreadable(answer, 'something that is no object');
  const fields = schema.parse(item);
  // Everything may be missing but what a thing is known by.
  for (const name of ['id', 'hostname']) {
    if (name in fields && fields[name] === null) throw unreadable(answer, `something that has no ${name}`);
  }
  return camelCased(fields);
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
