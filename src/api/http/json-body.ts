import { isUtf8 } from 'node:buffer';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { UnparsedBody } from '../context/unparsed-body.js';
import { graphqlPath } from '../graphql/schema/graphql-path.js';

const deepest = 16;

/** Makes `application/json` the only content type of request bodies. The body of a GraphQL request is parsed when it is needed. */
export function parseJsonBodies(adapter: FastifyAdapter): void {
  adapter.getInstance().removeAllContentTypeParsers();
  adapter.useBodyParser('application/json', false, {}, ({ routeOptions: { url } }, body, done) =>
    done(null, url === graphqlPath ? new UnparsedBody(body, jsonBodyOf) : jsonBodyOf(body)),
  );
}

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
  checkValue(body, deepest);
  return body;
}

/** Detected by a byte order mark, or by a NUL beside the first character: JSON never contains one. */
function isWideText(bytes: Buffer): boolean {
  const first = bytes[0];
  const second = bytes[1];
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || first === 0 || second === 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson('The request body is not valid JSON.');
  }
}

function checkValue(value: unknown, levels: number): void {
  // It would be sent on as `null`, and `null` voids an association.
  if (value === Infinity || value === -Infinity) throw notJson('The request body is not valid JSON.');
  if (typeof value !== 'object' || value === null) return;
  if (levels === 0) throw notJson(`The request body is nested more than ${deepest} levels deep.`);
  for (const member of Object.values(value)) checkValue(member, levels - 1);
}

function notJson(message: string): GatewayError {
  return new GatewayError('body_not_json', message);
}
