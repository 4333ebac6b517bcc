import { METHODS } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sendRaw, type RawReply } from '../support/raw.js';
import {
  aUseOf,
  hostnameCertificateInUse,
  operationNames,
  pathOf,
  seededZone,
  token,
  zoneCertificate,
} from '../support/requests.js';
import { startStage, type Stage } from '../support/stage.js';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** What stands where an identifier belongs, or where nothing does. Latin-1: one character is one byte on the wire. */
const blocks = [
  // Dot segments, raw, encoded, encoded twice, and as others have spelt them.
  ...['.', '..', '...', './', '../', '/.', '/..', '/../', '/./', '../..', '../../../..', '/../../../user'],
  ...['%2e', '%2e%2e', '%2E%2E', '.%2e', '%2e.', '%2e/', '%2e%2e/', '/%2e%2e/', '%2e%2e%2f', '%2e%2e%5c'],
  ...['%252e', '%252e%252e', '%252e%252e%252f', '%25252e%25252e', '%25%32%65', '%%32%65', '%%32%%65'],
  ...['..;', '..;/', '/..;/', '/..;x=1/', ';/../', '..%3b/', '..%00/', '..%20', '..%09', '..%0a', '..%0d/'],
  ...['..%2f', '..%2F', '%2f..', '..%2f..%2f..%2f', '..%252f', '..%5c', '..%255c', '..\\', '\\..\\', '..\\/'],
  // Separators.
  ...['', '/', '//', '///', '%2f', '%2F', '%252f', '\\', '\\\\', '%5c', '%255c', '/%2f/', '//evil.example/'],
  ...[
    '?',
    '??',
    '?x=1',
    '?/../',
    '#',
    '#x',
    '#/../',
    '%3f',
    '%23',
    '%3fx=1',
    '%23x',
    '%253f',
    '%2523',
    '?#',
    '#?',
  ],
  ...[
    ';',
    ';x=1',
    '&',
    '=',
    '@',
    '@evil.example',
    ':',
    ':80',
    '%40evil.example',
    '%3a',
    ',',
    '$',
    '!',
    "'",
    '"',
    '`',
  ],
  // Control characters, encoded and raw.
  ...['%00', '%00.', 'a%00b', '%2500', '\0', 'a\0b', '%01', '\x01', '%7f', '\x7f', '%08', '%1b', '\x1b[2J'],
  ...[
    '%0d%0a',
    '%0d%0aHost:%20evil.example',
    '%0d%0a%0d%0aGET%20/',
    '%0a',
    '%0d',
    '%250d%250a',
    '%e5%98%8a%e5%98%8d',
  ],
  ...[
    '\n',
    '\r',
    '\r\n',
    '\r\nx: y',
    '\t',
    '%09',
    ' ',
    '%20',
    '+',
    'a b',
    ' HTTP/1.1',
    ' HTTP/0.9',
    '%20HTTP/1.1',
  ],
  // Unicode and what is not quite.
  ...[
    '%c0%ae',
    '%c0%ae%c0%ae',
    '%c0%ae%c0%ae%c0%af',
    '%c0%af',
    '%c1%9c',
    '%e0%80%ae',
    '%e0%80%af',
    '%f0%80%80%ae',
  ],
  ...[
    '%f8%80%80%80%ae',
    '%ff',
    '%fe%ff',
    '%c3',
    '%c3%28',
    '%ed%a0%80',
    '%ed%bf%bf',
    '%f4%90%80%80',
    '%ef%bb%bf',
  ],
  ...[
    '%u002e%u002e',
    '%uff0e%uff0e',
    '%ef%bc%8e%ef%bc%8e',
    '%e3%80%82',
    '%ef%bd%a1',
    '%e2%80%ae',
    '%e2%80%8b',
    '%c2%a0',
  ],
  ...[
    '\xc3\xbc',
    '\xef\xbc\x8e\xef\xbc\x8e',
    '\xff',
    '\xc0\xae\xc0\xae',
    '\xe2\x80\xa8',
    '\xfc',
    '%c3%bc',
    '%fc',
    '%CC%88',
  ],
  ...['%', '%%', '%2', '%2g', '%zz', '%-1', '%+2e', '%x2e', '&#46;&#46;', '\\u002e\\u002e', '\\x2e'],
  // Words that mean something here or to the language.
  ...[
    'settings',
    'hostnames',
    'certificates',
    'hostnames/certificates',
    'zones',
    'client',
    'v4',
    'origin_tls_client_auth',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '__proto__/x',
    'null',
    'undefined',
    'NaN',
  ],
  ...[
    'true',
    '0',
    '-1',
    '1e9',
    '[object%20Object]',
    '[]',
    '{}',
    '{zone_id}',
    ':zone_id',
    ':certificate_id',
    '*',
    '*.',
    '**',
  ],
  ...[
    '%73ettings',
    'SETTINGS',
    'Settings',
    'settings.',
    'settings%20',
    'settings%2f',
    'settings;',
    'hostname%73',
    '%68ostnames',
  ],
  ...[
    '<script>alert(1)</script>',
    '%3cscript%3e',
    '${7*7}',
    '{{7*7}}',
    '$(id)',
    '|id',
    '%7cid',
    "'%20or%20'1'='1",
    '^',
    '~',
    '_',
  ],
  // Identifiers, almost.
  ...[
    seededZone.toUpperCase(),
    seededZone.slice(1),
    `${seededZone}0`,
    `${seededZone}%00`,
    `${seededZone}%0a`,
  ],
  ...[
    `%20${seededZone}`,
    `${seededZone}.`,
    `${seededZone}%2f..`,
    `g${seededZone.slice(1)}`,
    `0x${seededZone.slice(2)}`,
  ],
  ...[
    `{${hostnameCertificateInUse}}`,
    `urn:uuid:${hostnameCertificateInUse}`,
    hostnameCertificateInUse.replaceAll('-', '%2d'),
  ],
  ...[
    'a.example.com',
    '*.example.com',
    '%2a.example.com',
    '*.*.example.com',
    'a.*.com',
    '.example.com',
    'example.com.',
  ],
  ...[
    'example..com',
    '-a.example.com',
    'a-.example.com',
    'a_b.example.com',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
  ],
  ...[
    'xn--bcher-kva.example',
    'xn--',
    'xn--a.example',
    'http:%2f%2fevil.example',
    'http://evil.example/',
    'file:%2f%2f%2fetc',
  ],
  // Long ones.
  ...[
    'a'.repeat(254),
    'a'.repeat(2049),
    'a.'.repeat(1000),
    '%41'.repeat(1000),
    '../'.repeat(500),
    '%2e%2e%2f'.repeat(200),
  ],
  ...['/'.repeat(1000), '%25'.repeat(1000), '%00'.repeat(300), 'a/'.repeat(1000), `?${'x=1&'.repeat(2000)}`],
];

const base = `/client/v4${pathOf('')}`;
const zones = '/client/v4/zones/';

/** Where a block is put. */
const places: readonly ((block: string) => string)[] = [
  (block) => `${zones}${block}/origin_tls_client_auth`,
  (block) => `${zones}${block}/origin_tls_client_auth/settings`,
  (block) => `${zones}${seededZone}${block}/origin_tls_client_auth/hostnames`,
  (block) => `${zones}${seededZone}/${block}/origin_tls_client_auth`,
  (block) => `${base}${block}`,
  (block) => `${base}/${block}`,
  (block) => `${base}/${block}/settings`,
  (block) => `${base}/settings${block}`,
  (block) => `${base}/hostnames${block}`,
  (block) => `${base}/hostnames/${block}`,
  (block) => `${base}/hostnames/${block}/certificates`,
  (block) => `${base}/hostnames/${block}/${hostnameCertificateInUse}`,
  (block) => `${base}/hostnames/a${block}.example.com`,
  (block) => `${base}/hostnames/certificates/${block}`,
  (block) => `${base}/hostnames/certificates/${hostnameCertificateInUse}${block}`,
  (block) => `${base}/${zoneCertificate}${block}`,
  (block) => `${block}${base}/settings`,
  (block) => `/${block}${base}/settings`,
  (block) => `/client/${block}/v4${pathOf('/settings')}`,
  (block) => `${base}/hostnames?status=${block}`,
  (block) => `http://evil.example${base}/${block}`,
];

/** Targets of another form than a path. */
const forms = [
  '*',
  'evil.example:443',
  'evil.example',
  `http://evil.example${base}/settings`,
  `HTTP://EVIL.EXAMPLE${base}/settings`,
  `https://evil.example:8443${base}/settings`,
  `http://user:password@evil.example${base}/settings`,
  `http://127.0.0.1${base}/../../../user`,
  `http:${base}/settings`,
  `http:/${base}/settings`,
  `//evil.example${base}/settings`,
  `///evil.example${base}/settings`,
  `\\\\evil.example${base}/settings`,
  `ftp://evil.example${base}/settings`,
  `javascript:${base}`,
  `http://[::1${base}`,
  'http://',
  '://',
  base.slice(1),
  base.toUpperCase(),
  base.replaceAll('/', '\\'),
  base.replaceAll('/', '//'),
  base.replaceAll('/', '%2f'),
  base.replaceAll('/', '/./'),
  base.replaceAll('/', ';/'),
];

const withBody = new Set<string>(['POST', 'PUT', 'DELETE', 'PATCH']);

/** A whole request, valid but for its target, in the name of somebody who may do everything. */
function requestFor(method: string, target: string): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: gateway.example',
    `authorization: Bearer ${token}`,
    'connection: close',
    ...(withBody.has(method) ? ['content-type: application/json', 'content-length: 2', '', '{}'] : ['', '']),
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const id = '(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})';
const label = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const hostname = `(?:\\*\\.)?${label}(?:\\.${label})*`;
const query = '(?:\\?(?:(?:page|per_page|status)=[^&#]*&?)+)?';

/** The thirteen operations, in the only zone that is ever asked for. */
const operations = [
  'GET ',
  'POST ',
  `GET /${id}`,
  `DELETE /${id}`,
  'GET /hostnames/certificates',
  'POST /hostnames/certificates',
  `GET /hostnames/certificates/${id}`,
  `DELETE /hostnames/certificates/${id}`,
  `GET /hostnames${query}`,
  'PUT /hostnames',
  `GET /hostnames/${hostname}`,
  'GET /settings',
  'PUT /settings',
].map((each) => {
  const [method, rest] = each.split(' ');
  return new RegExp(`^${method} ${base}${rest}$`);
});

const isOperation = (line: string) => operations.some((pattern) => pattern.test(line));

async function expectNothingElseUpstream({ recorder, sandbox }: Stage): Promise<void> {
  const lines = recorder.exchanges.map(({ method, url }) => `${method} ${url}`);
  expect(lines.filter((line) => !isOperation(line))).toEqual([]);
  expect((await sandbox.calls())['unrouted']).toBeUndefined();
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly reply: RawReply;
}

/** Sixteen at a time. */
async function sendAll(stage: Stage, lines: readonly [method: string, target: string][]): Promise<Sent[]> {
  const queue = lines.values();
  const sent: Sent[] = [];
  const work = async () => {
    for (const [method, target] of queue) {
      const reply = await sendRaw(stage.gateway.url, requestFor(method, target));
      sent.push({ method, target, reply });
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return sent;
}

/** Those that were neither answered nor refused, but failed. A connection that was closed is neither. */
function failuresAmong(sent: readonly Sent[]): string[] {
  return sent
    .filter(({ reply }) => reply.status !== null && (reply.status < 200 || reply.status >= 500))
    .map(({ method, target, reply }) => `${reply.status} for ${method} ${JSON.stringify(target)}`);
}

/** Every target with one method in turn, and some of them with all. */
function hostileLines(): [method: string, target: string][] {
  const targets = new Set([...places.flatMap((place) => blocks.map(place)), ...forms]);
  const inTurn = [...targets].map(
    (target, index) => [methods[index % methods.length] ?? '', target] as const,
  );
  const withAll = [...blocks.map((block) => `${base}/${block}`), ...forms].flatMap((target) =>
    methods.map((method) => [method, target] as const),
  );
  const distinct = new Map([...inTurn, ...withAll].map((line) => [line.join(' '), line]));
  return [...distinct.values()].map(([method, target]) => [method, target]);
}

describe('A hostile request line', () => {
  it('never fails the gateway, never hangs, and never leads out of the thirteen operations', async () => {
    await using stage = await startStage();
    const lines = hostileLines();
    expect(lines.length).toBeGreaterThan(1000);

    const sent = await sendAll(stage, lines);

    expect(sent).toHaveLength(lines.length);
    expect(failuresAmong(sent)).toEqual([]);
    await expectNothingElseUpstream(stage);
  }, 120_000);

  it('is refused whatever its method is', async () => {
    await using stage = await startStage();
    // Node closes the connection of a CONNECT by itself; without a content type, a QUERY is Fastify's to refuse.
    const unused = METHODS.filter((each) => !['GET', 'HEAD', 'PUT', 'DELETE', 'CONNECT'].includes(each));

    const sent = await sendAll(
      stage,
      unused.flatMap((method) => [
        [method, `${base}/settings`],
        [method, '/nowhere'],
      ]),
    );

    expect(failuresAmong(sent)).toEqual([]);
    expect(sent.filter(({ reply }) => ![400, 405, 415].includes(reply.status ?? 0))).toEqual([]);
    expect(stage.recorder.exchanges).toHaveLength(0);
  });

  it('is told apart from a good one, which goes through', async () => {
    await using stage = await startStage();
    const uses = await Promise.all(operationNames.map((name) => aUseOf(name)));

    const sent: Sent[] = [];
    for (const { method, path } of uses) {
      sent.push(...(await sendAll(stage, [[method, `/client/v4${path}`]])));
    }

    expect(failuresAmong(sent)).toEqual([]);
    expect(stage.recorder.exchanges).toHaveLength(13);
    await expectNothingElseUpstream(stage);
  });

  it('does no harm either where it is made up of whatever there is', async () => {
    await using stage = await startStage();
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((array) => Buffer.from(array).toString('latin1'));
    const encoded = bytes.map((text) =>
      [...text].map((each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    );
    const piece = fc.oneof(fc.constantFrom(...blocks), bytes, encoded, fc.constant('/'));
    const target = fc
      .tuple(fc.constantFrom(...places), fc.array(piece, { minLength: 1, maxLength: 6 }))
      .map(([place, pieces]) => place(pieces.join('')))
      // A line end would end the request line: that is another request, not another target.
      .filter((text) => !/[\r\n]/.test(text));
    const line = fc.tuple(fc.constantFrom(...methods), target);

    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 16, maxLength: 16 }), async (some) => {
        expect(failuresAmong(await sendAll(stage, some))).toEqual([]);
        await expectNothingElseUpstream(stage);
      }),
      { numRuns: 50, seed: 20260814 },
    );
  }, 60_000);
});
