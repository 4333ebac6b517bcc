import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../errors/gateway-error.js';

const deepest = 16;

/**
 * A request body as JSON; undefined where it is empty, which is how older SDKs send a DELETE.
 *
 * The message of the parser's own error quotes the text, so it goes nowhere.
 *
 * @throws GatewayError `body_not_json`
 */
export function jsonBodyOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw notJson('The request body is not UTF-8 text.');
  const body = parse(bytes.toString('utf8'));
  if (!isWithin(deepest, body)) throw notJson(`The request body is nested more than ${deepest} levels deep.`);
  return body;
}

function parse(text: string): unknown {
  try {
    // A number beyond the range of a double would become `null` when it is sent on, and `null` voids an association.
    return JSON.parse(text, (_name, value: unknown) => {
      if (value === Infinity || value === -Infinity) throw new RangeError();
      return value;
    });
  } catch {
    throw notJson('The request body is not valid JSON.');
  }
}

function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isWithin(levels - 1, member));
}

function notJson(message: string): GatewayError {
  return new GatewayError('body_not_json', message);
}
