import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../platform/errors/gateway-error.js';

const deepest = 16;

/**
 * The value of a JSON body; undefined if it is empty, as older SDKs send it with a DELETE.
 *
 * @throws GatewayError `body_not_json`, without the message of the parser, which quotes the body
 */
export function jsonBodyOf(bytes: Buffer): unknown {
  if (isWideText(bytes)) throw notJson('The request body is UTF-16 or UTF-32 text. Send it as UTF-8.');
  if (!isUtf8(bytes)) throw notJson('The request body is not UTF-8 text.');
  // RFC 8259 §8.1: a byte order mark may be ignored.
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text === '') return undefined;
  const body = parse(text);
  if (!isWithin(deepest, body)) throw notJson(`The request body is nested more than ${deepest} levels deep.`);
  return body;
}

/** Detected by a byte order mark, or by a NUL beside the first character: JSON never contains one. */
function isWideText([first, second]: Buffer): boolean {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || first === 0 || second === 0;
}

/** An exponent, or more digits than any number below the largest double has. */
const mayExceedDouble = /\d[eE]\+?\d|\d{300}/;

function parse(text: string): unknown {
  try {
    // With a function it takes twice as long.
    if (!mayExceedDouble.test(text)) return JSON.parse(text);
    // A number beyond the range of a double would be sent on as `null`, and `null` voids an association.
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
