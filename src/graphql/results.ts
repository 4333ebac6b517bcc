import { GraphQLError } from 'graphql';
import { type z } from 'zod';
import { type ErrorDetails } from '../errors/gateway-error.js';
import { type Answer } from '../upstream/answer.js';
import { camelCased, type CamelCased } from './camel-cased.js';
import { codeOfRefusal } from './error-codes.js';

/** What Cloudflare refused, as a GraphQL error of the field that asked. */
export function refusalError(answer: Answer, code = codeOfRefusal(answer)): GraphQLError {
  const { reasons } = answer;
  const text = reasons.map(({ message }) => message).join(' ');
  return new GraphQLError(`Cloudflare answered ${answer.status}. ${text}`.trim(), {
    extensions: {
      code,
      upstreamStatus: answer.status,
      upstreamCodes: reasons.map((reason) => reason.code),
      cfRay: answer.headers['cf-ray'] ?? null,
    },
  });
}

/** What is known of an answer that was no envelope: there are no codes in it. */
export function upstreamOf({ status, headers }: ErrorDetails) {
  return status === undefined
    ? {}
    : { upstreamStatus: status, upstreamCodes: [], cfRay: headers?.['cf-ray'] ?? null };
}

/**
 * The `result` of an answer under GraphQL's names.
 *
 * @throws GraphQLError where Cloudflare refused
 */
export function resultOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>> {
  if (!answer.ok) throw refusalError(answer);
  return camelCased(withId(answer, schema.parse(answer.envelope.result ?? {})));
}

/**
 * The `result` of an answer to a list; null is how Cloudflare says that it is empty.
 *
 * @throws GraphQLError where Cloudflare refused
 */
export function resultsOf<T extends z.ZodObject>(answer: Answer, schema: T): CamelCased<z.output<T>>[] {
  if (!answer.ok) throw refusalError(answer);
  const { result } = answer.envelope;
  return Array.isArray(result)
    ? result.map((item) => camelCased(withId(answer, schema.parse(item ?? {}))))
    : [];
}

/** Everything here may be missing but what a thing is known by. */
function withId<T extends object>(answer: Answer, result: T): T {
  if (!('id' in result) || result.id !== null) return result;
  throw new GraphQLError('Cloudflare answered something that has no id.', {
    extensions: {
      code: 'UPSTREAM_INVALID',
      upstreamStatus: answer.status,
      upstreamCodes: [],
      cfRay: answer.headers['cf-ray'] ?? null,
    },
  });
}
