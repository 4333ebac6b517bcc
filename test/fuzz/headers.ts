import { type Random } from '../support/basics/random.js';
import { bytesOf, chance, fewOf, oneOf, times } from './chances.js';

export type Header = readonly [name: string, value: string];

const values: Readonly<Record<string, readonly string[]>> = {
  accept: [
    '*/*',
    'application/json',
    'text/html',
    'application/graphql-response+json',
    'x',
    '*/*;q=0',
    ';;q=,,',
  ],
  'accept-encoding': [
    'gzip',
    'br, gzip;q=0.5',
    'identity;q=0',
    '*;q=0',
    'gzip;q=nan',
    'zstd',
    ',,,',
    'deflate',
  ],
  'accept-language': ['de', '*', 'xx-xx-xx-xx;q=9'],
  'if-none-match': ['*', '"x"', 'W/"x"', '"', 'x, y, "z', '"a", W/"b"', '""'],
  'if-match': ['*', '"x"'],
  'if-modified-since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'now', '0'],
  range: ['bytes=0-1', 'bytes=-1', 'bytes=9-1', 'x'],
  'cache-control': [
    'no-cache',
    'no-store',
    'max-age=0',
    'only-if-cached',
    'max-age=x',
    'no-cache="a',
    'stale-if-error=9',
  ],
  pragma: ['no-cache'],
  'api-version': ['2026-01-01', 'x', '', '9'.repeat(300), '../..'],
  'x-request-id': ['1', 'x'.repeat(64), 'x'.repeat(5000), '../..', '{"a":1}', '%0d%0a', '<b>'],
  traceparent: [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-0000000000000000-00',
    'ff-x',
    '00-x-y-01',
  ],
  tracestate: ['a=b', 'x'.repeat(600)],
  baggage: ['a=b'],
  forwarded: [
    'for=1.2.3.4',
    'for="[::1]:80";by=x;proto=https',
    'for=',
    'for="',
    'for=unknown, for=_x',
    ';;,,=',
  ],
  'x-forwarded-for': ['1.2.3.4', '::1, x, ,', '999.1.1.1', '1.2.3.4, '.repeat(200)],
  'x-forwarded-host': ['evil.example', '', 'x/y'],
  'x-forwarded-proto': ['https', 'javascript'],
  via: ['1.1 x', '1.0 a, 1.1 b (c)', ',', '1.1 x, '.repeat(200)],
  'cdn-loop': ['cloudflare', 'x; y=z', ',,'],
  te: ['trailers', 'gzip', 'chunked', 'x;q=2'],
  trailer: ['x', 'content-length', 'authorization'],
  origin: ['https://app.example.com', 'null', 'x', 'https://a.example\\@b'],
  referer: ['https://app.example.com/', 'x'],
  cookie: ['a=b', '__proto__=x', ';;;', 'a="'],
  'access-control-request-method': ['PUT', 'x', ''],
  'access-control-request-headers': ['authorization', 'x, y', '\x80'],
  'apollo-require-preflight': ['true', ''],
  'x-apollo-operation-name': ['a', ''],
  'x-cache-extensions': ['on', 'off', 'x'],
  'x-cost-extensions': ['on', 'ON', ''],
  'x-http-method-override': ['DELETE', 'x'],
  'x-original-url': ['/metrics', '/client/v4/user'],
  'content-encoding': ['gzip', 'identity', 'br', 'x, gzip', ''],
  'content-language': ['de'],
  'content-range': ['bytes 0-1/2'],
  'user-agent': ['curl/8', '', 'x'.repeat(3000), '${jndi:ldap://127.0.0.1/}', '\x80\xff'],
  upgrade: ['h2c', 'websocket', 'x'],
  'http2-settings': ['AAMAAABkAAQAAP__'],
  'sec-fetch-site': ['cross-site', 'x'],
  'x-auth-user-service-key': ['v1.0-x'],
  __proto__: ['x'],
  constructor: ['x'],
  then: ['x'],
};
const names = Object.keys(values);

export const contentTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON;charset="UTF-8"',
  'application/json; charset=utf-16',
  'application/json;;;',
  'application/json, text/plain',
  'application/graphql',
  'application/graphql-response+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/json',
  'application/merge-patch+json',
  '',
  'x',
  'application/',
  '/json',
  'application/json\tx',
];

/** Headers that the request would do without: none to eight, some of them twice. */
export function extraHeaders(random: Random, secrets: readonly string[]): Header[] {
  return times(fewOf(random, 8), () => extraHeader(random, secrets)).flatMap((header): Header[] =>
    chance(random, 8) ? [header, [header[0], valueFor(random, header[0])]] : [header],
  );
}

function valueFor(random: Random, name: string): string {
  return random.of(values[name] ?? ['x']);
}

function extraHeader(random: Random, secrets: readonly string[]): Header {
  const name = random.of(names);
  return oneOf<Header>(random, [
    [20, () => [name, valueFor(random, name)]],
    [2, () => [name, random.of(secrets).replace(/\s+/g, ' ')]],
    [1, () => [name, `x ${random.of(secrets).replace(/\s+/g, '')} y`]],
    [1, () => [name, lineOf(bytesOf(random, random.below(20)))]],
    [1, () => [`x-${random.below(1e6)}`, lineOf(bytesOf(random, random.below(20)))]],
  ]);
}

/** Bytes that may stand in a header: a control character is for the raw requests. */
function lineOf(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\0-\x1f\x7f]/g, '');
}
