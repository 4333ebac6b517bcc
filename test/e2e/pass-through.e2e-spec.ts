import { describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { type OperationName } from '../../sandbox/operation.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { call, codeOf, envelopeOf, type Reply } from '../support/http/http.js';
import {
  anAssociation,
  anUpload,
  aUseOf,
  globalLevelOf,
  operationNames,
  pathOf,
  token,
  type Use,
} from '../support/http/requests.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';

const aStage = sharedStage();

type Action = NonNullable<FaultsInput['rules']>[number]['action'];

const settings: Use = { operation: 'settings.get', method: 'GET', path: pathOf('/settings') };

/** The sandbox's answer, changed by a fault, as the gateway passes it on. */
async function underFault(stage: Stage, action: Action, use: Use = settings): Promise<Reply> {
  await stage.admit();
  await stage.sandbox.faults({ rules: [{ action }] });
  return stage.ask(use.method, use.path, { body: use.body });
}

const answering = (text: string, status = 200): Action => ({ status, text, contentType: 'application/json' });

const unknownId = '0123456789abcdef0123456789abcdef';
const badUpload = { certificate: 'not a certificate', private_key: 'not a key' };

/** A use of each operation that the sandbox refuses, with Cloudflare's code for it. */
const refused: Record<OperationName, Omit<Use, 'operation'> & { code: number }> = {
  'zone_certificate.list': { method: 'GET', path: pathOf('', unknownId), code: 10000 },
  'zone_certificate.get': { method: 'GET', path: pathOf(`/${unknownId}`), code: 1552 },
  'zone_certificate.upload': { method: 'POST', path: pathOf(''), body: badUpload, code: 1408 },
  'zone_certificate.delete': { method: 'DELETE', path: pathOf(`/${unknownId}`), code: 1552 },
  'hostname_certificate.list': {
    method: 'GET',
    path: pathOf('/hostnames/certificates', unknownId),
    code: 10000,
  },
  'hostname_certificate.get': {
    method: 'GET',
    path: pathOf(`/hostnames/certificates/${unknownId}`),
    code: 1551,
  },
  'hostname_certificate.upload': {
    method: 'POST',
    path: pathOf('/hostnames/certificates'),
    body: badUpload,
    code: 1408,
  },
  'hostname_certificate.delete': {
    method: 'DELETE',
    path: pathOf(`/hostnames/certificates/${unknownId}`),
    code: 1551,
  },
  'hostname.list': { method: 'GET', path: pathOf('/hostnames?status=unheard-of'), code: 1000 },
  'hostname.get': { method: 'GET', path: pathOf('/hostnames/unknown.example.com'), code: 1553 },
  'hostname.update': {
    method: 'PUT',
    path: pathOf('/hostnames'),
    body: { config: [anAssociation({ cert_id: unknownId })] },
    code: 1415,
  },
  'settings.get': { method: 'GET', path: pathOf('/settings', unknownId), code: 10000 },
  'settings.update': { method: 'PUT', path: pathOf('/settings'), body: { enabled: 'yes' }, code: 1000 },
  'global_level.get': { method: 'GET', path: globalLevelOf(unknownId), code: 10000 },
  'global_level.update': { method: 'PATCH', path: globalLevelOf(), body: { value: 'maybe' }, code: 1007 },
};

describe('Answers of the upstream', () => {
  it.each(operationNames)('The answer to %s is passed on byte for byte', async (name) => {
    const stage = await aStage();
    const { method, path, body } = await aUseOf(name);
    await stage.admit();

    const reply = await stage.ask(method, path, { body });

    const { answer } = stage.onlyExchange();
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(answer?.body);
    expect(envelopeOf(reply).success).toBe(true);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(await stage.sandbox.calls()).toEqual({ [name]: 1 });
  });

  it.each(operationNames)('The refusal of %s is passed on byte for byte', async (name) => {
    const stage = await aStage();
    const { method, path, body, code } = refused[name];
    await stage.admit();

    const reply = await stage.ask(method, path, { body });

    const { answer } = stage.onlyExchange();
    expect(reply.status).toBe(answer?.status);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.body).toEqual(answer?.body);
    expect(codeOf(reply)).toBe(code);
    expect(await stage.sandbox.calls()).toEqual({ [name]: 1 });
  });

  it.each([
    ['undocumented members', { mergeBody: { trace: { spans: [1] } }, mergeResult: { tier: 'new' } }],
    ['an undocumented status', { mergeResult: { status: 'resting' } }],
    ['result: null', answering('{"success":true,"errors":[],"messages":[],"result":null}')],
    ['no result at all', answering('{"success":true}')],
    [
      'an error_chain',
      {
        status: 400,
        body: { success: false, errors: [{ code: 6003, message: 'Invalid', error_chain: [{ code: 6111 }] }] },
      },
    ],
    ['neither messages nor result', answering('{"success":false,"errors":[{"code":10000}]}', 403)],
    ['no errors', answering('{}', 404)],
    ['invalid errors', answering('{"success":false,"errors":[null,1,"x",[]]}', 403)],
    [
      'an order, spacing and spelling of its own',
      answering(
        '\r\n{ "result" : {"n":1.0,"big":12345678901234567890,"\\u0069d":"\\/"} ,\t"success":true }\n',
      ),
    ],
    ['a member twice', answering('{"success":true,"result":{"a":1},"result":{"b":2}}')],
    ['characters beyond ASCII', answering('{"success":true,"result":"b\u00fccher \u{1f512} \u2028"}')],
  ] satisfies [string, Action][])('An answer with %s is passed on unchanged', async (_, action) => {
    const stage = await aStage();

    const reply = await underFault(stage, action);

    const { answer } = stage.onlyExchange();
    expect(reply.status).toBe(answer?.status);
    expect(reply.body).toEqual(answer?.body);
  });

  it('A list keeps undocumented members in every item', async () => {
    const stage = await aStage();
    const use = await aUseOf('hostname_certificate.list');

    const reply = await underFault(stage, { mergeResult: { bundle_method: 'force' } }, use);

    expect(reply.body).toEqual(stage.onlyExchange().answer?.body);
    expect(envelopeOf(reply).result).toContainEqual(expect.objectContaining({ bundle_method: 'force' }));
  });

  it('An answer has the documented headers of the upstream and no others', async () => {
    const stage = await aStage();
    const meant = {
      'cf-ray': '230b030023ae2822-SJC',
      'cf-auditlog-id': '0123',
      'retry-after': '5',
      ratelimit: '"default";r=50;t=30',
      'ratelimit-policy': '"burst";q=100;w=60',
      'x-ratelimit-remaining': '7',
    };
    const reply = await underFault(stage, {
      status: 429,
      headers: {
        ...meant,
        server: 'cloudflare',
        'set-cookie': '__cf_bm=secret',
        'x-anything': 'else',
        'x-should-retry': 'true',
        'access-control-allow-origin': '*',
        'strict-transport-security': 'max-age=1',
        'cache-control': 'public, max-age=3600',
        etag: '"upstream"',
        'cache-status': 'Cloudflare; hit',
        age: '60',
      },
    });

    expect(reply.headers).toEqual({
      ...meant,
      'x-request-id': expect.any(String),
      'content-type': 'application/json',
      'content-length': String(reply.body.length),
      'cache-control': 'private, no-cache',
      'cache-status': 'origin-pulls-gateway; fwd=miss',
      vary: 'Authorization, X-Auth-Email, X-Auth-Key, Api-Version, Accept-Encoding',
      date: expect.any(String),
      connection: 'close',
    });
  });
});

const secret = 'c2VjcmV0LWtleQ';
const pem = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`;
const json = (text: string) => JSON.parse(text) as unknown;

describe('Private keys in answers', () => {
  it.each([
    ['in the result', `{"result":{"id":"x","private_key":"${secret}"}}`, '{"result":{"id":"x"}}'],
    [
      'in every item',
      `{"result":[{"private_key":"${secret}","n":1},{"n":2}]}`,
      '{"result":[{"n":1},{"n":2}]}',
    ],
    ['beside the result', `{"private_key":"${secret}","result":null}`, '{"result":null}'],
    [
      'deep down',
      `{"result":{"a":[[{"b":{"private_key":{"pem":"${secret}"},"c":0}}]]}}`,
      '{"result":{"a":[[{"b":{"c":0}}]]}}',
    ],
    [
      'spelt with an escape',
      `{"result":{"private\\u005fkey":"${secret}","d":"\\u00e9"}}`,
      '{"result":{"d":"é"}}',
    ],
    [
      'spelt with escapes alone',
      `{"result":{"\\u0070\\u0072\\u0069\\u0076\\u0061\\u0074\\u0065\\u005F\\u006b\\u0065\\u0079":"${secret}"}}`,
      '{"result":{}}',
    ],
    ['in capitals', `{"result":{"Private_Key":"${secret}"}}`, '{"result":{}}'],
    ['far from its colon', `{"result":{"private_key" \n\t: "${secret}"}}`, '{"result":{}}'],
    [
      'in a member that is there twice',
      `{"result":{"private_key":"${secret}"},"result":{}}`,
      '{"result":{}}',
    ],
    ['twice', `{"result":{"private_key":"${secret}","private_key":"${secret}2"}}`, '{"result":{}}'],
    ['as a number', '{"result":{"private_key":4711,"n":1}}', '{"result":{"n":1}}'],
  ])('A private_key %s is removed, and the rest of the answer stays', async (_, holding, expected) => {
    const stage = await aStage();

    const reply = await underFault(stage, answering(holding.replace('{', '{"success":true,')));

    expect(reply.status).toBe(200);
    expect(reply.body.toString()).not.toMatch(/private_key|c2VjcmV0|4711/i);
    expect(envelopeOf(reply)).toEqual({ success: true, ...(json(expected) as object) });
  });

  it.each(operationNames)('A private_key in the answer to %s is removed', async (name) => {
    const stage = await aStage();
    const merged = { private_key: secret };

    const reply = await underFault(stage, { mergeBody: merged, mergeResult: merged }, await aUseOf(name));

    const { answer } = stage.onlyExchange();
    expect(answer?.body.toString()).toContain(secret);
    const withoutKeys = JSON.parse(answer?.body.toString() ?? '', (member, value: unknown) =>
      member === 'private_key' ? undefined : value,
    ) as unknown;
    expect(envelopeOf(reply)).toEqual(withoutKeys);
  });

  it('A private_key inside an error is removed', async () => {
    const stage = await aStage();
    const entry = { code: 1408, message: 'Unable to parse', error_chain: [{ code: 1, extra: true }] };

    const reply = await underFault(stage, {
      status: 400,
      body: { success: false, errors: [{ ...entry, meta: { private_key: secret } }], messages: [] },
    });

    expect(reply.status).toBe(400);
    expect(envelopeOf(reply)).toEqual({ success: false, errors: [{ ...entry, meta: {} }], messages: [] });
  });

  it.each([
    ['whole', `Bad key ${pem}, sorry`, 'Bad key [private key removed], sorry'],
    ['cut off', `Bad key ${pem.slice(0, -30)}`, 'Bad key [private key removed]'],
    ['of another type', pem.replaceAll('PRIVATE', 'RSA PRIVATE'), '[private key removed]'],
    ['twice', `${pem} and ${pem}`, '[private key removed] and [private key removed]'],
  ])('A PEM private key in a message is removed: %s', async (_, message, expected) => {
    const stage = await aStage();

    const reply = await underFault(stage, {
      status: 400,
      body: { success: false, errors: [{ code: 1408, message }], messages: [message], result: null },
    });

    expect(envelopeOf(reply)).toEqual({
      success: false,
      errors: [{ code: 1408, message: expected }],
      messages: [expected],
      result: null,
    });
  });

  it('A PEM private key with escaped dashes is removed', async () => {
    const stage = await aStage();
    const escaped = JSON.stringify(pem).replaceAll('-', '\\u002d');

    const reply = await underFault(stage, answering(`{"success":true,"result":${escaped}}`));

    expect(envelopeOf(reply).result).toBe('[private key removed]');
  });

  it('A message with the word private_key is passed on unchanged', async () => {
    const stage = await aStage();
    const text = '{ "success":false, "errors":[{"code":1,"message":"\\"private_key\\" is required"}] }';

    const reply = await underFault(stage, answering(text, 400));

    expect(reply.body.toString()).toBe(text);
  });
});

describe('Request bodies', () => {
  async function sentUpstream(stage: Stage, method: string, path: string, body: unknown): Promise<string> {
    await stage.admit();
    await stage.ask(method, path, { body, headers: { ...stage.bearer, 'content-type': 'application/json' } });
    return stage.onlyExchange().body.toString();
  }

  it.each([
    ['absent', {}],
    ['null', { enabled: null }],
    ['true', { enabled: true }],
    ['false', { enabled: false }],
  ])('A hostname with enabled %s is sent as it is', async (_, change) => {
    const stage = await aStage();
    const { hostname, cert_id } = anAssociation();
    const body = { config: [{ hostname, cert_id, ...change }] };

    expect(await sentUpstream(stage, 'PUT', pathOf('/hostnames'), body)).toBe(JSON.stringify(body));
    expect(await stage.sandbox.calls()).toEqual({ 'hostname.update': 1 });
  });

  it.each([
    ['an empty item', { config: [{}] }],
    ['no items', { config: [] }],
    ['an item of the wrong type', { config: [null, 1, 'x'] }],
    ['no config', {}],
    ['an array', []],
    ['null', null],
    ['a number', 1],
    ['members of the wrong type', { config: { hostname: 1, enabled: 'yes' } }],
    ['unknown members', { config: [anAssociation({ note: { a: [1, 'ü'] } })], dry_run: true }],
  ])('A body with %s is sent, and Cloudflare decides', async (_, body) => {
    const stage = await aStage();

    const sent = await sentUpstream(stage, 'PUT', pathOf('/hostnames'), JSON.stringify(body));

    expect(sent).toBe(JSON.stringify(body));
  });

  it('An upload with bundle_method is sent and accepted', async () => {
    const stage = await aStage();
    const body = { ...(await anUpload()), bundle_method: 'ubiquitous' };
    await stage.admit();

    const reply = await stage.ask('POST', pathOf(''), { body });

    expect(reply.status).toBe(200);
    expect(json(stage.onlyExchange().body.toString())).toEqual(body);
  });

  it('A PEM with CRLF line ends is sent unchanged', async () => {
    const stage = await aStage();
    const { certificate, privateKey } = await aCertificate({ keyType: 'rsa' });
    const body = { certificate: certificate.replaceAll('\n', '\r\n'), private_key: privateKey };
    await stage.admit();

    const reply = await stage.ask('POST', pathOf('/hostnames/certificates'), { body });

    expect(reply.status).toBe(200);
    expect(json(stage.onlyExchange().body.toString())).toEqual(body);
  });

  it('A duplicate member is sent once, with its last value', async () => {
    const stage = await aStage();

    const sent = await sentUpstream(stage, 'PUT', pathOf('/settings'), '{"enabled":true,"enabled":false}');

    expect(sent).toBe('{"enabled":false}');
  });

  it('A pretty-printed body is sent as compact JSON', async () => {
    const stage = await aStage();

    const sent = await sentUpstream(stage, 'PUT', pathOf('/settings'), '{\n  "enabled": true\n}\n');

    expect(sent).toBe('{"enabled":true}');
  });

  it('A member called __proto__ is sent as a member', async () => {
    const stage = await aStage();
    const body = '{"enabled":true,"__proto__":{"enabled":false},"constructor":{"prototype":{}}}';

    expect(await sentUpstream(stage, 'PUT', pathOf('/settings'), body)).toBe(body);
  });

  it('A change through the gateway is visible in the sandbox', async () => {
    const stage = await aStage();

    await stage.ask('PUT', pathOf('/settings'), { body: { enabled: false } });

    const told = await call(`${stage.sandbox.url}${pathOf('/settings')}`, 'GET', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(envelopeOf(told).result).toEqual({ enabled: false });
  });
});
