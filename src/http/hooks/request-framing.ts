import { type IncomingMessage } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.js';

/** RFC 3986 `host` and `port`, without what a name never holds. It may be empty (RFC 9112 §3.2). */
const validHost = /^(?:\[[\dA-Fa-f:.]+\]|[\w.-]*)(?::\d*)?$/;

/** Cloudflare's are dates. It goes upstream and into the names of what is kept. */
const validApiVersion = /^[\w.-]{1,32}$/;

const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;

/**
 * What another server in front may read otherwise than Node does, or that Node refuses without an answer of ours; null
 * where there is nothing. The connection ends with the refusal: where the next request begins is not agreed upon.
 */
export function requestProblem({ httpVersion, headers, url = '' }: IncomingMessage): GatewayError | null {
  const { host, expect, 'transfer-encoding': transferEncoding } = headers;
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1') return malformed('Use HTTP/1.1.');
  if (host === undefined ? !isOld : !validHost.test(host)) {
    return malformed('Send exactly one Host header, with a valid host.');
  }
  // RFC 9112 §3.2.2: a target in absolute form names the same host.
  const authority = absoluteForm.exec(url)?.[1];
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    return malformed('Send as Host what the request target names.');
  }
  // RFC 9112 §6.1: HTTP/1.0 has none, and a server in front may not look at it.
  if (transferEncoding !== undefined && (isOld || transferEncoding.toLowerCase() !== 'chunked')) {
    return malformed('Of transfer encodings only chunked is taken, and over HTTP/1.1.');
  }
  // RFC 9110 §10.1.1: it means nothing over HTTP/1.0.
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
