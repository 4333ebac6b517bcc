import { type RequestListener } from 'node:http';

interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** Whether a request asks for the id of the token that it carries. */
export function isVerification({ method, url }: Asked): boolean {
  return method === 'GET' && url?.endsWith('/user/tokens/verify') === true;
}

/** The method and target at the beginning of a request. */
export function requestIn(chunk: Buffer): Asked {
  const [, method, url] = /^(\S+) (\S+) /.exec(chunk.toString('latin1')) ?? [];
  return { method, url };
}

const refusal =
  '{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"messages":[],"result":null}';

/** As Cloudflare answers for a token that an account owns. */
export const refuseVerification: RequestListener = (incoming, outgoing) => {
  incoming.resume();
  outgoing.writeHead(401, { 'content-type': 'application/json' }).end(refusal);
};

/** The same as bytes. */
export const refusedVerification = [
  'HTTP/1.1 401 Unauthorized',
  'content-type: application/json',
  `content-length: ${refusal.length}`,
  'connection: close',
  '',
  refusal,
].join('\r\n');
