import { type RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admitAt, type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import { anUpload, bearer, pathOf, seededZone } from '../support/http/requests.js';
import {
  acceptance,
  type RawUpstream,
  startRawUpstream,
  startUpstream,
  type Upstream,
} from '../support/upstream/upstream.js';

const success = (result: string) => `{"success":true,"errors":[],"messages":[],"result":${result}}`;
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function raw(statusLine: string, body: string | Buffer, ...headers: string[]): string {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return [`HTTP/1.1 ${statusLine}`, length, 'connection: close', ...headers, '', body.toString()].join(
    '\r\n',
  );
}

const accepted = success('{"enabled":true}');

/** The bytes of the upstream, and the status and code of a read and of a change. */
const answers: [name: string, bytes: string, read: [number, number?], change: [number, number?]][] = [
  ['a status of 999', raw('999 Strange', accepted), [502, 99021], [504, 99032]],
  ['a status of 600', raw('600 Strange', '{"success":false}'), [502, 99021], [504, 99032]],
  ['a status of 199', raw('199 Strange', accepted), [502], [504, 99032]],
  [
    'a protocol switch',
    raw('101 Switching Protocols', '', 'upgrade: x', 'connection: upgrade'),
    [502],
    [504, 99032],
  ],
  [
    'a private key beside 8,000 levels',
    raw('200 OK', success(`{"private_key":"x","a":${nested(8000)}}`)),
    [502, 99021],
    [504, 99032],
  ],
  [
    'a refusal of 8,000 levels with a private key',
    raw('400 Bad', `{"success":false,"private_key":1,"a":${nested(8000)}}`),
    [502, 99021],
    [504, 99032],
  ],
  ['8,000 levels', raw('200 OK', success(`{"enabled":true,"a":${nested(8000)}}`)), [200], [200]],
  ['2 MiB of brackets', raw('200 OK', '['.repeat(2 * 1024 * 1024)), [502, 99021], [502, 99021]],
  [
    'a member called __proto__',
    raw('200 OK', success('{"__proto__":{"private_key":"x"},"enabled":true}')),
    [200],
    [200],
  ],
  [
    'success of the prototype alone',
    raw('200 OK', '{"__proto__":{"success":true}}'),
    [502, 99021],
    [502, 99021],
  ],
  [
    'a member called toJSON',
    raw('200 OK', success('{"toJSON":{"a":1},"private_key":"x","toString":1}')),
    [200],
    [200],
  ],
  [
    'duplicate members',
    raw('200 OK', success('{"enabled":1,"enabled":true,"private_key":1,"private_key":2}')),
    [200],
    [200],
  ],
  ['huge numbers', raw('200 OK', success(`{"enabled":1e999,"a":${'9'.repeat(400)}}`)), [200], [200]],
  ['a byte order mark', raw('200 OK', `\ufeff${accepted}`), [502, 99021], [502, 99021]],
  ['errors that are no array', raw('400 Bad', '{"success":false,"errors":{"code":{}}}'), [400], [400]],
  [
    'errors of errors',
    raw('403 No', '{"success":false,"errors":[null,1,[],{"code":"1"},{"code":1e999,"message":{}}]}'),
    [403],
    [403],
  ],
  ['status 205 and no body', raw('205 Reset', ''), [502, 99021], [502, 99021]],
  [
    'fewer bytes than it says',
    'HTTP/1.1 200 OK\r\ncontent-length: 500\r\nconnection: close\r\n\r\n{"success":true',
    [502],
    [504, 99032],
  ],
  ['two lengths', raw('200 OK', accepted, 'content-length: 3'), [502], [504, 99032]],
  ['a length and chunks', raw('200 OK', accepted, 'transfer-encoding: chunked'), [502], [504, 99032]],
  ['a control character in a header', raw('200 OK', accepted, 'cf-ray: \u0001x'), [502], [504, 99032]],
  [
    'letters beyond ASCII in headers',
    raw('200 OK', accepted, 'cf-ray: ü', 'ratelimit: "ü"', 'retry-after: soon'),
    [200],
    [200],
  ],
  [
    'duplicate headers',
    raw('429 Slow', '{"success":false}', 'retry-after: 1', 'retry-after: 2', 'ratelimit: a', 'ratelimit: b'),
    [429],
    [429],
  ],
  [
    'headers that are too large',
    raw('200 OK', accepted, `cf-ray: ${'x'.repeat(20_000)}`),
    [502],
    [504, 99032],
  ],
  ['bytes that are not HTTP', '\u0000\u0001 nonsense', [502], [504, 99032]],
  ['an interim answer and no other', 'HTTP/1.1 103 Early Hints\r\n\r\n', [502], [504, 99032]],
];

let times = 0;

/** A credential that no test has used, since the gateway remembers which ones were accepted. */
const aBearer = () => ({ authorization: `${bearer.authorization}-${(times += 1)}` });

describe('Malformed answers of the upstream', () => {
  let forReads: RawUpstream;
  let forChanges: RawUpstream;
  let reading: RunningGateway;
  let changing: RunningGateway;
  beforeAll(async () => {
    forReads = await startRawUpstream(acceptance);
    forChanges = await startRawUpstream(acceptance);
    reading = await startGateway({ upstream: forReads.url });
    changing = await startGateway({ upstream: forChanges.url });
  });
  afterAll(async () => {
    await Promise.all([reading.close(), changing.close()]);
    await forReads[Symbol.asyncDispose]();
    await forChanges[Symbol.asyncDispose]();
  });

  it.each(answers)(
    'An upstream answer with %s causes no internal error',
    async (_, bytes, read, change) => {
      const headers = aBearer();
      forReads.answer(bytes);
      forChanges.answer(acceptance, bytes);
      const path = pathOf('/settings');

      const readReply = await call(reading.base + path, 'GET', { headers });
      await admitAt(changing, headers);
      const changeReply = await call(changing.base + path, 'PUT', { headers, body: { enabled: true } });
      const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
      const { errors } = await ask(reading, query, {}, headers);
      const input = { zoneId: seededZone, enabled: true };
      const mutation = await mutate(changing, 'updateZoneSettings', input, headers);

      for (const [reply, [status, code]] of [
        [readReply, read],
        [changeReply, change],
      ] as const) {
        expect(reply.status).toBe(status);
        if (code !== undefined) expect(codeOf(reply)).toBe(code);
        expect(reply.body.toString()).not.toContain('99099');
      }
      if (change[1] === 99032) {
        expect(envelopeOf(changeReply).errors[0]?.message).toMatch(/Operation [0-9a-f-]{36}\.$/);
      }
      for (const { extensions } of [...errors, ...mutation.errors])
        expect(extensions.code).not.toBe('INTERNAL');
    },
    60_000,
  );
});

describe('Secrets in upstream messages', () => {
  const forms: [name: string, form: (pem: string, lines: string[], authorization: string) => string][] = [
    ['the whole PEM', (pem) => pem],
    ['the PEM with spaces for line ends', (pem) => pem.replaceAll('\n', ' ')],
    ['the PEM with escaped line ends', (pem) => pem.replaceAll('\n', '\\n')],
    ['the lines without the first', (_, lines) => lines.join('\n')],
    ['one line', (_, lines) => lines[0] ?? ''],
    ['20 characters', (_, lines) => `unexpected near ${lines[1]?.slice(9, 29)}`],
    ['base64 of the PEM', (pem) => Buffer.from(pem).toString('base64')],
    ['hex of the PEM', (pem) => Buffer.from(pem).toString('hex')],
    ['hex of the DER', (_, lines) => Buffer.from(lines.join(''), 'base64').toString('hex')],
    ['a lower-case first line', (pem) => pem.replace('BEGIN PRIVATE KEY', 'begin private key')],
    ['a URL', (pem) => encodeURIComponent(pem)],
    ['the bearer token', (_pem, _lines, authorization) => authorization],
    ['base64 of the token', (_pem, _lines, authorization) => Buffer.from(authorization).toString('base64')],
  ];

  let answering: RequestListener;
  let upstream: Upstream;
  let gateway: RunningGateway;
  beforeAll(async () => {
    upstream = await startUpstream((incoming, outgoing) => answering(incoming, outgoing));
    gateway = await startGateway({ upstream: upstream.url });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream[Symbol.asyncDispose]();
  });

  it.each(forms)('REST and GraphQL remove %s from the message of an upstream', async (_, form) => {
    const headers = aBearer();
    const body = await anUpload();
    const lines = body.private_key.trim().split('\n').slice(1, -1);
    const quoted = form(body.private_key, lines, headers.authorization);
    answering = (incoming, outgoing) => {
      incoming.resume();
      outgoing.setHeader('content-type', 'application/json');
      if (incoming.method === 'GET') return outgoing.end(accepted);
      outgoing.statusCode = 400;
      outgoing.setHeader('cf-ray', '230b030023ae2822-SJC');
      outgoing.setHeader('cf-auditlog-id', quoted.replace(/[^\x20-\x7e]/g, ' '));
      return outgoing.end(
        JSON.stringify({
          success: false,
          errors: [{ code: 1400, message: `No: "${quoted}" <` }],
          result: null,
        }),
      );
    };
    await admitAt(gateway, headers);

    const reply = await call(gateway.base + pathOf(''), 'POST', { headers, body });
    const { certificate, private_key: privateKey } = body;
    const input = { zoneId: seededZone, certificate, privateKey };
    const { payload, errors } = await mutate(gateway, 'uploadZoneCertificate', input, headers);

    expect(reply.status).toBe(400);
    expect(reply.headers['cf-ray']).toBe('230b030023ae2822-SJC');
    expect(reply.headers).not.toHaveProperty('cf-auditlog-id');
    expect(envelopeOf(reply).errors[0]?.code).toBe(1400);
    expect(envelopeOf(reply).errors[0]?.message).toMatch(/^No: .*removed\]/s);
    const shown = [
      JSON.stringify([...Object.entries(reply.headers)]),
      reply.body.toString(),
      JSON.stringify({ payload, errors }),
    ];
    for (let start = 0; start + 16 <= quoted.length; start += 1) {
      const piece = quoted.slice(start, start + 16);
      if (/private|begin|end|---|near|Bearer/i.test(piece)) continue;
      for (const text of shown) expect(text).not.toContain(piece);
    }
  });
});
