import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ask, certificateFields, mutate } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import { refusal, success } from '../support/upstream/mocked-answers.js';
import { anUpload, bearer, pathOf, seededZone } from '../support/http/requests.js';
import {
  id,
  certificate,
  hostname,
  alone,
  read,
  change,
  upload,
  resultsIn,
} from '../support/graphql/answers-to-graphql.js';

function hexOf(serial: bigint): string {
  const hex = serial.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

describe('Lists of certificates', () => {
  const certificates = `certificates { ${certificateFields} }`;

  it.each([
    ['a total_count of 2', { total_count: 2 }],
    ['a total_count of "40"', { total_count: '40' }],
    ['two pages', { total_count: 1, total_pages: 2 }],
    ['three in this page', { count: 3 }],
  ])('A list of one certificate answers UPSTREAM_INVALID where it counts %s', async (_, result_info) => {
    const answers = {
      'GET ': success([certificate], { result_info }),
      'GET /hostnames/certificates': success([certificate], { result_info }),
    };
    const { data, errors } = await read(
      answers,
      'certificates { id: cloudflareId } hostnameCertificates { id: cloudflareId }',
    );
    expect(data?.zone).toEqual({ certificates: null, hostnameCertificates: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } },
      { extensions: { code: 'UPSTREAM_INVALID' } },
    ]);
  });

  it.each([
    ['correct', { count: 1, total_count: 1, total_pages: 1 }],
    ['too small', { total_count: 0, total_pages: 0 }],
    ['of a wrong type', { total_count: null, total_pages: 'many' }],
  ])('A list of one certificate is read where its counts are %s', async (_, result_info) => {
    const { data } = await read(
      { 'GET ': success([certificate], { result_info }) },
      'certificates { id: cloudflareId }',
    );
    expect(data?.zone).toEqual({ certificates: [{ id }] });
  });

  it('A list is empty where Cloudflare answers null or an empty array', async () => {
    for (const result of [null, []]) {
      const { data, errors } = await read({ 'GET ': success(result) }, certificates);
      expect({ zone: data?.zone, errors }).toEqual({ zone: { certificates: [] }, errors: [] });
    }
  });

  it.each([
    ['an object with an array in it', { certificates: [certificate] }],
    ['an object', {}],
    ['a string', 'none'],
    ['an array with a string', [certificate, 'x']],
    ['an array with a number', [5]],
    ['an array with an array', [[certificate]]],
    ['an array with null', [certificate, null]],
    ['missing', undefined],
  ])('A list answers UPSTREAM_INVALID where the result is %s', async (_, result) => {
    const { data, errors } = await read({ 'GET ': success(result) }, certificates);
    expect(data?.zone).toEqual({ certificates: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } }]);
  });
});

describe('Refusals', () => {
  const certificates = 'certificates { id: cloudflareId }';

  it('A refusal with status 200 of a mutation is a userError with its code', async () => {
    const within = refusal(200, [{ code: 1406, message: 'This certificate already exists.' }]);
    const { errors, payload } = await upload({ 'POST ': within });
    expect(errors).toEqual([]);
    expect(payload?.userErrors).toMatchObject([{ code: 'CONFLICT', upstreamCode: 1406 }]);
  });

  it('A refusal with status 200 answers 502 over REST, and is a failure in the audit log', async () => {
    const within = refusal(200, [{ code: '1999', message: 'No.' }]);
    await alone({ 'PUT /settings': within, 'GET ': within }, async (gateway) => {
      const write = await call(gateway.base + pathOf('/settings'), 'PUT', {
        headers: bearer,
        body: { enabled: true },
      });
      const errors = [{ code: 99021 }, { code: 1999, message: 'No.' }];
      expect(write).toMatchObject({ status: 502, headers: { 'x-should-retry': 'false' } });
      expect(envelopeOf(write)).toMatchObject({ success: false, errors, result: null });
      const readReply = await call(gateway.base + pathOf(''), 'GET', { headers: bearer });
      expect(readReply.status).toBe(502);
      expect(await resultsIn(gateway)).toMatchObject([
        { status: 'failure', http_status: 200, codes: [1999] },
      ]);
    });
  });

  it.each([
    [429, 'error code: 1015', 'RATE_LIMITED', { retryAfter: 30 }],
    [403, 'error code: 1020', 'FORBIDDEN', {}],
    [404, '<html>nothing</html>', 'NOT_FOUND', {}],
  ])(
    'A refusal with status %i that is not JSON has the code of its status',
    async (status, text, code, more) => {
      const headers = { 'content-type': 'text/plain', ...(status === 429 && { 'retry-after': '30' }) };
      await alone(
        { 'PUT /settings': { status, text, headers }, 'GET ': { status, text, headers } },
        async (gateway) => {
          const input = { zoneId: seededZone, enabled: true };
          const changed = await mutate(gateway, 'updateZoneSettings', input);
          const { errors } = await ask(gateway, `{ zone(id: "${seededZone}") { ${certificates} } }`);
          for (const [error] of [changed.errors, errors]) {
            expect(error).toMatchObject({ extensions: { code, upstreamStatus: status, ...more } });
            if (text.startsWith('error')) expect(error?.message).toContain(text);
            else expect(error?.message).not.toContain('<');
          }
          expect(await resultsIn(gateway)).toMatchObject([{ status: 'failure', http_status: status }]);
        },
      );
    },
  );

  it.each([
    ['an array of strings', ['the certificate was rejected'], {}, 'the certificate was rejected', null],
    ['an object without a code', [{ message: 'key usage' }], {}, 'key usage', null],
    ['an error with a code that is a string', [{ code: '1999', message: 'leaf' }], {}, 'leaf', 1999],
    ['messages', [], { messages: [{ code: 7, message: 'said here' }] }, 'said here', 7],
    ['an object instead of an array', { code: 7, message: 'alone' }, {}, 'alone', 7],
    ['the member error', undefined, { error: 'said apart' }, 'said apart', null],
    [
      'an error_chain',
      [
        {
          code: 6003,
          message: 'Invalid request headers',
          error_chain: [{ code: 6111, message: 'Invalid format' }],
        },
      ],
      {},
      'Invalid request headers Invalid format',
      6003,
    ],
  ])(
    'A refusal whose message is in %s is passed on with that message',
    async (_, errors, more, text, upstreamCode) => {
      const refused = refusal(400, errors, more);
      const { payload } = await upload({ 'POST ': refused });
      expect(payload?.userErrors).toMatchObject([
        { code: 'REJECTED', message: expect.stringContaining(text), upstreamCode },
      ]);
      const reading = await read({ 'GET ': refused }, certificates);
      expect(reading.errors[0]?.message).toBe(`Cloudflare answered 400. ${text}`);
    },
  );
});

describe('Fields of certificates', () => {
  it('Dates and serial numbers are read in the formats that Cloudflare uses', async () => {
    const answered = {
      ...certificate,
      expires_on: '2027-09-10 23:59:59+00',
      uploaded_on: '2026-09-24 11:41:36.697534+00',
      serial_number: 4578,
    };
    const fields = 'certificates { expiresOn uploadedOn serialNumber }';
    const { data, errors } = await read({ 'GET ': success([answered]) }, fields);
    expect(errors).toEqual([]);
    expect(data?.zone['certificates']).toEqual([
      { expiresOn: '2027-09-10T23:59:59Z', uploadedOn: '2026-09-24T11:41:36.697534Z', serialNumber: '4578' },
    ]);
  });

  const long = '6743787633689793699141714808227354901';
  it.each([
    ['"4578"', '4578', '11e2'],
    ['4578', '4578', '11e2'],
    [`"${long}"`, long, hexOf(BigInt(long))],
    [long, long, hexOf(BigInt(long))],
    ['-18446744073709551616', '-18446744073709551616', '-010000000000000000'],
    ['"0A:FF"', '0A:FF', null],
    ['4.5', null, null],
  ])('The serial number %s is given in decimal and in hexadecimal', async (serial, decimal, hex) => {
    const { json } = success([{ ...certificate, serial_number: 'here' }]);
    const text = JSON.stringify(json).replace('"here"', serial);
    const { data } = await read({ 'GET ': { text } }, 'certificates { serialNumber serialNumberHex }');
    expect(data?.zone['certificates']).toEqual([{ serialNumber: decimal, serialNumberHex: hex }]);
  });

  it('serialNumberHex of an upload equals the serial number in the audit log', async () => {
    const { certificate: pem, private_key: privateKey } = await anUpload();
    const { serialNumber } = new X509Certificate(pem);
    const uploaded = success({
      ...certificate,
      serial_number: BigInt(`0x${serialNumber}`).toString(),
      certificate: pem,
    });
    await alone({ 'POST ': uploaded, 'GET ': success([uploaded.json]) }, async (gateway) => {
      const input = { zoneId: seededZone, certificate: pem, privateKey };
      const { data } = await ask<{ it: { certificate: { serialNumberHex: string } } }>(
        gateway,
        `mutation ($input: UploadCertificateInput!) { it: uploadZoneCertificate(input: $input) { certificate { serialNumberHex } } }`,
        { input },
      );
      const reply = await call(`${gateway.url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer });
      const { result } = JSON.parse(reply.body.toString()) as { result: { cert?: { serial: string } }[] };
      expect(result[0]?.cert?.serial).toBe(serialNumber.toLowerCase());
      expect(data?.it.certificate.serialNumberHex).toBe(serialNumber.toLowerCase());
    });
  });

  it.each(['soon', '0001-01-01T00:00:00Z', 1568159999])(
    'A date that is %j is null without an error',
    async (date) => {
      const { errors, payload } = await upload({ 'POST ': success({ ...certificate, expires_on: date }) });
      expect(errors).toEqual([]);
      expect(payload?.certificate).toMatchObject({ id, expiresOn: null });
    },
  );
});

describe('Hostnames in requests', () => {
  it.each([
    'app.example.com',
    'APP.Example.COM',
    'app.example.com.',
    'app。example．com｡',
    'ａpp.example.com',
  ])('The hostname %s is sent to Cloudflare in its canonical spelling', async (name) => {
    const answered = success([hostname('app.example.com')]);
    const answers = { 'GET /hostnames/app.example.com': answered, 'PUT /hostnames': answered };
    const { data, errors } = await read(answers, `hostname(name: "${name}") { name }`);
    expect({ errors, zone: data?.zone }).toEqual({
      errors: [],
      zone: { hostname: { name: 'app.example.com' } },
    });
    const changed = await change(answers, { hostname: name });
    expect(changed).toMatchObject({ errors: [], payload: { hostnames: [{ name: 'app.example.com' }] } });
  });

  it.each(['bücher..example', 'app.example.com..', 'a b.example', 'https://app.example.com', ''])(
    'The hostname %j is refused as invalid input',
    async (name) => {
      const { payload } = await change({}, { hostname: name });
      expect(payload?.userErrors).toMatchObject([
        { code: 'INVALID_INPUT', field: ['input', 'changes', '0', 'hostname'] },
      ]);
    },
  );

  it('A change that has a hostname in two spellings is refused', async () => {
    const { payload } = await change({}, { hostname: 'app.example.com' }, { hostname: 'APP。example.com.' });
    expect(payload?.userErrors).toMatchObject([{ message: expect.stringContaining('named twice') }]);
  });

  it.each([
    ['a cert_id that is a number', { cert_id: 4578 }],
    ['an enabled that is a string', { enabled: 'true' }],
    ['an enabled that is a number', { enabled: 0 }],
    ['an empty name', { hostname: '' }],
  ])('A hostname answers UPSTREAM_INVALID where Cloudflare sends %s', async (_, odd) => {
    const answers = { 'GET /hostnames/app.example.com': success(hostname('app.example.com', odd)) };
    const { data, errors } = await read(
      answers,
      'hostname(name: "app.example.com") { name enabled certificate { id: cloudflareId } }',
    );
    expect(data?.zone).toEqual({ hostname: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID' } }]);
  });
});
