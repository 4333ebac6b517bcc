import { describe, expect, it } from '@jest/globals';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import { apiKey, bearer, email, emptyZone, pathOf, token } from '../support/http/requests.js';
import { sharedStage } from '../support/gateway/stage.js';
import { expectRefusal } from '../support/http/refusals.js';

const aStage = sharedStage();

describe('Malformed identifiers', () => {
  it.each([
    ['zone id of 31 digits', pathOf('', 'a'.repeat(31))],
    ['zone id of 33 digits', pathOf('/settings', 'a'.repeat(33))],
    ['zone id in capitals', pathOf('', emptyZone.toUpperCase())],
    ['zone id that is a UUID', pathOf('', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60')],
    ['certificate id that is a word', pathOf('/certificates')],
    ['certificate id of 31 digits', pathOf(`/${'a'.repeat(31)}`)],
    ['certificate id with braces', pathOf('/%7B2458ce5a-0c35-4c7f-82c7-8e9487d3ff60%7D')],
    ['hostname certificate id that is a word', pathOf('/hostnames/certificates/all')],
    ['hostname with a space', pathOf('/hostnames/a%20b.example.com')],
    ['hostname with an empty label', pathOf('/hostnames/a..example.com')],
    ['hostname with a star inside', pathOf('/hostnames/a.*.example.com')],
    ['hostname of 254 characters', pathOf(`/hostnames/${'abcdefghi.'.repeat(25)}abcd`)],
    ['hostname with a label of 64 characters', pathOf(`/hostnames/${'a'.repeat(64)}.com`)],
    ['hostname with a port', pathOf('/hostnames/example.com:443')],
    ['hostname with a slash', pathOf('/hostnames/a%2Fb')],
    ['hostname that cannot be decoded', pathOf('/hostnames/%E0%A4%A')],
    ['path segment of 3,000 characters', pathOf(`/hostnames/${'a'.repeat(3000)}`)],
  ])('A %s answers 400 with code 7003', async (_, path) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', path);

    await expectRefusal(stage, reply, {
      status: 400,
      code: 7003,
      retry: false,
      message: /perhaps your object identifier is invalid\?/,
    });
  });

  it.each([
    ['b%C3%BCcher.example', 'xn--bcher-kva.example'],
    ['*.%E4%BE%8B%E3%81%88.jp', '*.xn--r8jz45g.jp'],
    ['stra%C3%9Fe.example', 'xn--strae-oqa.example'],
  ])('The internationalized hostname %s answers 400 with its A-labels', async (name, ascii) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf(`/hostnames/${name}`));

    await expectRefusal(stage, reply, { status: 400, code: 7003, retry: false });
    expect(envelopeOf(reply).errors[0]?.message).toContain(`send ${ascii}.`);
  });

  it('A malformed identifier is not quoted in the answer, since it can be a secret', async () => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf(`/hostnames/certificates/${token}`));

    expect(codeOf(reply)).toBe(7003);
    expect(reply.body.toString()).not.toContain(token);
  });
});

describe('Paths', () => {
  it.each([
    '',
    '/zones',
    '/user/tokens/verify',
    `/zones/${emptyZone}`,
    `/zones/${emptyZone}/dns_records`,
    pathOf('/hostnames/app.example.com/certificates'),
    pathOf('/hostnames/certificates/2458ce5a-0c35-4c7f-82c7-8e9487d3ff60/x'),
    pathOf('/settings/x'),
    pathOf('/'),
    pathOf('/settings/'),
    pathOf('/Settings/enabled'),
    pathOf('/hostnames/'),
    pathOf('/hostnames/certificates/'),
    `${pathOf('//')}`,
  ])('The unknown path "%s" answers 400 with codes 7003 and 7000, as Cloudflare does', async (path) => {
    const stage = await aStage();

    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const reply = await stage.ask(method, path);

      expect(reply.status).toBe(400);
      expect(reply.headers['x-should-retry']).toBe('false');
      expect(envelopeOf(reply)).toEqual({
        success: false,
        errors: [
          { code: 7003, message: expect.stringContaining('/zones/{zone_id}/origin_tls_client_auth') },
          { code: 7000, message: 'No route for that URI' },
        ],
        messages: [],
        result: null,
      });
    }
    const head = await stage.ask('HEAD', path);
    expect([head.status, head.body.length]).toEqual([400, 0]);
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it.each([pathOf('/settings'), `/zones/${emptyZone}/dns_records/x`, '/client/v5/zones', '/CLIENT/V4/zones'])(
    'The path %s outside the base URL answers 400 with the base URL',
    async (path) => {
      const stage = await aStage();

      const reply = await call(stage.gateway.url + path, 'GET', { headers: bearer });

      expect([reply.status, codeOf(reply)]).toEqual([400, 7003]);
      expect(envelopeOf(reply).errors[0]?.message).toContain('ends in /client/v4');
    },
  );

  it.each([
    ['PATCH', pathOf(''), ['GET', 'POST']],
    ['PUT', pathOf(''), ['GET', 'POST']],
    ['DELETE', pathOf(''), ['GET', 'POST']],
    ['POST', pathOf('/settings'), ['GET', 'PUT']],
    ['DELETE', pathOf('/hostnames/app.example.com'), ['GET']],
    ['POST', pathOf('/hostnames'), ['GET', 'PUT']],
    ['PUT', pathOf('/hostnames/certificates'), ['GET', 'POST']],
    ['POST', pathOf(`/hostnames/certificates/${emptyZone}`), ['DELETE', 'GET']],
    ['OPTIONS', pathOf(`/${emptyZone}`), ['DELETE', 'GET']],
  ])('%s %s is not allowed, and answers 405 with the allowed methods', async (method, path, takes) => {
    const stage = await aStage();

    const reply = await stage.ask(method, path);

    await expectRefusal(stage, reply, { status: 405, code: 99005, retry: false });
    const allowed = reply.headers.allow?.split(', ').filter((each) => each !== 'HEAD');
    expect(allowed?.sort()).toEqual(takes);
  });
});

describe('Credentials', () => {
  it.each([
    ['missing', {}],
    ['only an e-mail address', { 'x-auth-email': email }],
    ['only a key', { 'x-auth-key': apiKey }],
    ['an empty Authorization', { authorization: '' }],
    ['a session cookie', { cookie: 'vses2=secret' }],
  ])(
    'A credential that is %s answers 400 with code 9106, in the form that Cloudflare uses',
    async (_, headers) => {
      const stage = await aStage();

      for (const path of [pathOf('/settings'), pathOf('/hostnames/app.example.com')]) {
        const reply = await stage.ask('GET', path, { headers });

        expect(reply.status).toBe(400);
        expect(reply.headers['x-should-retry']).toBe('false');
        expect(envelopeOf(reply)).toEqual({
          success: false,
          errors: [{ code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' }],
        });
      }
      expect(await stage.sandbox.calls()).toEqual({});
    },
  );

  it.each([
    ['Basic authentication', { authorization: 'Basic dXNlcjpwYXNz' }, 6111],
    ['A token without Bearer', { authorization: token }, 6111],
    ['Bearer without a token', { authorization: 'Bearer' }, 6111],
    ['A token with a space', { authorization: 'Bearer a b' }, 6111],
    ['A token of 9,000 characters', { authorization: `Bearer ${'a'.repeat(9000)}` }, 6111],
    [
      'A malformed token beside a valid key',
      { authorization: 'x', 'x-auth-email': email, 'x-auth-key': apiKey },
      6111,
    ],
    ['An e-mail address without @', { 'x-auth-email': 'user', 'x-auth-key': apiKey }, 6102],
    ['A key with spaces', { 'x-auth-email': email, 'x-auth-key': 'a b c' }, 6103],
  ])('%s answers 400 with code 6003 and the reason', async (_, headers, reason) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });

    expect(reply.status).toBe(400);
    expect(reply.headers['x-should-retry']).toBe('false');
    expect(envelopeOf(reply)).toEqual({
      success: false,
      errors: [
        {
          code: 6003,
          message: 'Invalid request headers',
          error_chain: [{ code: reason, message: expect.stringContaining('Invalid format for ') }],
        },
      ],
      messages: [],
      result: null,
    });
    expect(await stage.sandbox.calls()).toEqual({});
  });
});
