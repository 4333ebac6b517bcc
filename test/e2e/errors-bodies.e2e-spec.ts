import { describe, expect, it } from '@jest/globals';
import { codeOf } from '../support/http/http.js';
import { anUpload, bearer, emptyZone, pathOf } from '../support/http/requests.js';
import { sharedStage } from '../support/gateway/stage.js';
import { expectRefusal, jsonType } from '../support/http/refusals.js';

const aStage = sharedStage();
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('Request bodies', () => {
  it.each([
    ['not JSON', '{"enabled":true'],
    ['JSON with a comment', '{"enabled":true} // yes'],
    ['not UTF-8', Buffer.from('{"enabled":"\xff"}', 'latin1')],
    ['UTF-16', Buffer.from('{"enabled":true}', 'utf16le')],
    ['nested 17 levels deep', nested(17)],
    ['nested 8,000 levels deep', nested(8000)],
    [
      'JSON with a number too large for a double',
      '{"config":[{"hostname":"a.example.com","enabled":1e400}]}',
    ],
    ['JSON with a number too small for a double', '{"enabled":-1e400}'],
    ['JSON with an exponent that begins with zeros', '{"enabled":1E0400}'],
    ['JSON with a number of 310 digits', `{"enabled":${'9'.repeat(310)}}`],
    ['JSON with a number of 300 digits and an exponent', `{"enabled":${'9'.repeat(300)}e10}`],
    [
      'JSON with a number of 200 digits, and an exponent behind the fraction',
      `{"enabled":${'9'.repeat(200)}.5e+200}`,
    ],
    ['white space', ' \n'],
    ['NaN', '{"enabled":NaN}'],
  ])('A request body that is %s answers 400 with code 99002', async (_, body) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/hostnames'), { headers: jsonType, body });

    await expectRefusal(stage, reply, { status: 400, code: 99002, retry: false });
  });

  it('The refusal of a request body that is not JSON does not quote the body', async () => {
    const stage = await aStage();

    const reply = await stage.ask('POST', pathOf(''), {
      headers: jsonType,
      body: '{"private_key":"c2VjcmV0',
    });

    expect(codeOf(reply)).toBe(99002);
    expect(reply.body.toString()).not.toContain('c2Vj');
  });

  it('A request body nested 16 levels deep is sent to Cloudflare', async () => {
    const stage = await aStage();
    await stage.admit(bearer);

    await stage.ask('PUT', pathOf('/settings'), { headers: jsonType, body: nested(16) });

    expect(stage.onlyExchange().body.toString()).toBe(nested(16));
  });

  const tooLarge: [string, string, string, number][] = [
    ['for the settings', 'PUT', '/settings', 16],
    ['with a zone certificate', 'POST', '', 128],
    ['with a hostname certificate', 'POST', '/hostnames/certificates', 128],
    ['with associations', 'PUT', '/hostnames', 128],
    ['of a delete', 'DELETE', `/${emptyZone}`, 16],
  ];

  it.each(tooLarge)(
    'A request body %s above its size limit answers 413 with code 99003',
    async (_, method, path, kibibytes) => {
      const stage = await aStage();
      const body = JSON.stringify({ note: 'x'.repeat(kibibytes * 1024) });
      const lengths = [{}, { 'transfer-encoding': 'chunked' }];

      for (const length of lengths) {
        const reply = await stage.ask(method, pathOf(path), { headers: { ...jsonType, ...length }, body });

        await expectRefusal(stage, reply, { status: 413, code: 99003, retry: false });
      }
    },
  );

  it.each(tooLarge)(
    'A request body %s of exactly its size limit is sent to Cloudflare',
    async (_, method, path, kibibytes) => {
      const stage = await aStage();
      const body = JSON.stringify({ note: 'x'.repeat(kibibytes * 1024 - 11) });
      expect(body).toHaveLength(kibibytes * 1024);
      await stage.admit(bearer);

      await stage.ask(method, pathOf(path), { headers: jsonType, body });

      expect(stage.onlyExchange().body.toString()).toBe(body);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/jsonp',
    'json',
  ])('A request body of type %s answers 415 with code 99004', async (type) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), {
      headers: { ...bearer, 'content-type': type },
      body: '{"enabled":true}',
    });

    await expectRefusal(stage, reply, { status: 415, code: 99004, retry: false });
  });

  it('A request body without Content-Type answers 415 with code 99004', async () => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), { body: '{"enabled":true}' });

    await expectRefusal(stage, reply, { status: 415, code: 99004, retry: false });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8'])(
    'A request body of type %s is accepted',
    async (type) => {
      const stage = await aStage();

      const reply = await stage.ask('PUT', pathOf('/settings'), {
        headers: { ...bearer, 'content-type': type },
        body: '{"enabled":true}',
      });

      expect(reply.status).toBe(200);
    },
  );
});

describe('Private keys in the certificate member', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

  const long = key.replace('c2VjcmV0', 'c2VjcmV0'.repeat(8));

  it.each([
    ['alone', () => key],
    ['below the certificate', (pem: string) => pem + key],
    ['above the certificate', (pem: string) => key + pem],
    ['in an array', (pem: string) => [pem, [key]]],
    ['in an object', (pem: string) => ({ leaf: pem, more: { key } })],
    ['as the name of a member', () => ({ [key]: 1 })],
    ['of type EC', () => key.replaceAll('PRIVATE', 'EC PRIVATE')],
    ['that is encrypted', () => key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')],
    ['of OpenSSH', () => key.replaceAll('PRIVATE', 'OPENSSH PRIVATE')],
    ['in small letters', () => key.toLowerCase()],
    ['without its END line', (pem: string) => pem + key.slice(0, 40)],
    ['without its BEGIN line', (pem: string) => pem + key.slice(30)],
    ['without BEGIN and END', (pem: string) => pem + long.replaceAll(/-----(?:BEGIN |END )?/g, '')],
    ['in text', (pem: string) => `Bag Attributes\r\n${pem}Key Attributes: ${key}`],
    ['on one line', (pem: string) => (pem + key).replaceAll('\n', ' ')],
  ] satisfies [string, (pem: string) => unknown][])(
    'A certificate member with a private key %s answers 400 with code 99001',
    async (_, mixed) => {
      const stage = await aStage();
      const { certificate, private_key } = await anUpload();

      for (const path of [pathOf(''), pathOf('/hostnames/certificates')]) {
        const reply = await stage.ask('POST', path, {
          body: { certificate: mixed(certificate), private_key },
        });

        await expectRefusal(stage, reply, { status: 400, code: 99001, retry: false });
        expect(reply.body.toString()).not.toContain('c2VjcmV0');
      }
    },
  );

  it('A certificate with text around it passes as it is, and so do the words private key in that text', async () => {
    const text =
      'X509v3 Private Key Usage Period:\n    Not Before: 2026\r\nKeep your private key to yourself.\n';
    for (const path of [pathOf(''), pathOf('/hostnames/certificates')]) {
      const stage = await aStage();
      const { certificate, private_key } = await anUpload();
      const body = { certificate: text + certificate + text, private_key };
      await stage.admit();

      const reply = await stage.ask('POST', path, { body });

      expect(reply.status).toBe(200);
      expect(JSON.parse(String(stage.onlyExchange().body))).toEqual(body);
      expect(reply.body.toString()).toContain(JSON.stringify(certificate));
    }
  });

  it('A request without a credential answers 9106 before the search for a private key', async () => {
    const stage = await aStage();

    const reply = await stage.ask('POST', pathOf(''), { headers: {}, body: { certificate: key } });

    expect(codeOf(reply)).toBe(9106);
  });
});
