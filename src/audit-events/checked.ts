import { type z } from 'zod';
import { GatewayError } from '../errors/gateway-error.js';

/**
 * What was given, as the schema has it.
 *
 * @param nameOf what the caller knows a member by
 * @throws GatewayError `request_malformed`, which names each member at fault and says what it must be
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
      ? // Not by its name: that was sent, too.
        `There is a parameter that is not known here; known are ${Object.keys(schema.shape).join(', ')}`
      : `${nameOf(String(path[0]))} ${message}`,
  );
  throw malformed(`${problems.join('. ')}.`);
}

export function malformed(message: string): GatewayError {
  return new GatewayError('request_malformed', message);
}
