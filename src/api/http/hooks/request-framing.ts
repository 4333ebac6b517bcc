import { type IncomingMessage } from 'node:http';
import { type onRequestHookHandler } from 'fastify';
import { GatewayError } from '../../../platform/errors/gateway-error.js';

/** RFC 3986 `host` and `port`, limited to the characters of host names. It may be empty (RFC 9112 §3.2). */
const validHost = /^(?:\[[\dA-Fa-f:.]+\]|[\w.-]*)(?::\d*)?$/;

/** Cloudflare uses dates. The value is sent upstream and is part of cache keys. */
const validApiVersion = /^[\w.-]{1,32}$/;

const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;

/**
 * Refuses requests that an intermediary could interpret differently than Node, and those that Node would refuse without an
 * envelope. The connection is closed: both ends may disagree about where the next request begins.
 */
export const refuseAmbiguousFraming: onRequestHookHandler = ({ raw }, reply, done) => {
  const problem = requestProblem(raw);
  if (!problem) return done();
  void reply.header('connection', 'close');
  done(problem);
};

/** Why a request is refused; null for one that is not. */
export function requestProblem({ httpVersion, headers, url = '' }: IncomingMessage): GatewayError | null {
  const { host, expect, 'transfer-encoding': transferEncoding } = headers;
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1') return malformed('Use HTTP/1.1.');
  if (host === undefined ? !isOld : !validHost.test(host)) {
    return malformed('Send exactly one Host header, with a valid host.');
  }
  // RFC 9112 §3.2.2: the host of a target in absolute form must equal `Host`.
  const authority = absoluteForm.exec(url)?.[1];
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    return malformed('Send as Host what the request target names.');
  }
  // RFC 9112 §6.1: HTTP/1.0 does not define transfer codings, and an intermediary may ignore them.
  if (transferEncoding !== undefined && (isOld || transferEncoding.toLowerCase() !== 'chunked')) {
    return malformed('Of transfer encodings only chunked is taken, and over HTTP/1.1.');
  }
  // RFC 9110 §10.1.1: ignored over HTTP/1.0.
  if (expect !== undefined && !isOld && expect.toLowerCase() !== '100-continue') {
    return new GatewayError('expectation_failed', 'Of expectations only 100-continue is met.');
  }
  const apiVersion = headers['api-version'];
  if (apiVersion !== undefined && !validApiVersion.test(apiVersion as string)) {
    return malformed('Send as Api-Version a date, or up to 32 letters, digits, dots and hyphens.');
  }
  return null;
}

function malformed(message: string): GatewayError {
  return new GatewayError('request_malformed', message);
}
