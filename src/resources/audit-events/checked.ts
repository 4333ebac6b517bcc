import { type z } from 'zod';
import { GatewayError } from '../../platform/errors/gateway-error.js';

/**
 * The input, parsed by the schema.
 *
 * @param nameOf the caller's name of a member
 * @throws GatewayError `request_malformed`, which names each invalid member and says what it must be
 */
export function checked<T extends z.ZodObject>(
  schema: T,
  given: unknown,
  nameOf = (member: string) => member,
): z.output<T> {
  const { data, error } = schema.safeParse(given);
  if (!error) return data;
  const problems = error.issues.map(({ code, path, message }) =>
    code === 'unrecognized_keys'
      ? // Without its name, which is input too.
        `There is a parameter that is not known here; known are ${Object.keys(schema.shape).join(', ')}`
      : `${nameOf(String(path[0]))} ${message}`,
  );
  throw malformed(`${problems.join('. ')}.`);
}

export function malformed(message: string): GatewayError {
  return new GatewayError('request_malformed', message);
}
