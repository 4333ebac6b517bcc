import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway.js';
import { ask, certificateFields, mutate } from '../support/graphql.js';
import { call, envelopeOf } from '../support/http.js';
import { type Answers, refusal, startMockedAnswers, success } from '../support/mocked-answers.js';
import { anUpload, bearer, pathOf, seededZone } from '../support/requests.js';

const id = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const certificate = { id, status: 'active', serial_number: '4578', expires_on: '2030-01-01T00:00:00Z' };
const hostname = (name: string, more: object = {}) => ({
  hostname: name,
  cert_id: id,
  enabled: true,
  status: 'active',
  ...more,
});

async function against<T>(
  answers: Answers,
  use: (gateway: { url: string; base: string }) => Promise<T>,
): Promise<T> {
  await using upstream = await startMockedAnswers(answers);
  const gateway = await startGateway({ upstream: upstream.url });
  try {
    return await use(gateway);
  } finally {
    await gateway.close();
  }
}

const read = (answers: Answers, fields: string) =>
  against(answers, (gateway) =>
    ask<{ zone: Record<string, unknown> }>(gateway, `{ zone(id: "${seededZone}") { ${fields} } }`),
  );

const change = (answers: Answers, ...changes: { hostname: string; action?: string }[]) =>
  against(answers, (gateway) =>
    mutate(gateway, 'updateHostnames', {
      zoneId: seededZone,
      changes: changes.map((each) => ({ certificateId: id, action: 'ENABLE', ...each })),
    }),
  );

async function upload(answers: Answers) {
  const { certificate, private_key } = await anUpload();
  return against(answers, (gateway) =>
    mutate(gateway, 'uploadZoneCertificate', { zoneId: seededZone, certificate, privateKey: private_key }),
  );
}

const other = 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00';
const mayBeMade = expect.stringMatching(
  /Whether this change was made is not known\. Look at the zone before sending it again\. Operation [0-9a-f-]{36}\.$/,
);
const madeButUnreadable = [
  {
    message: expect.stringMatching(/^The change was made\. .* Operation [0-9a-f-]{36}\.$/),
    extensions: {
      code: 'UPSTREAM_INVALID',
      operationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      upstreamStatus: 200,
    },
  },
];

describe('An answer that is an array of one', () => {
  it('is that one: settings', async () => {
    const { data, errors } = await read(
      { 'GET /settings': success([{ enabled: true }]) },
      'settings { enabled }',
    );
    expect({ data, errors }).toEqual({ data: { zone: { settings: { enabled: true } } }, errors: [] });
  });

  it('is that one: a hostname', async () => {
    const answers = { 'GET /hostnames/app.example.com': success([hostname('app.example.com')]) };
    const { data } = await read(answers, 'hostname(name: "app.example.com") { name enabled }');
    expect(data?.zone).toEqual({ hostname: { name: 'app.example.com', enabled: true } });
  });

  it('is that one: a certificate that was uploaded, or deleted', async () => {
    const uploaded = await upload({ 'POST ': success([certificate]) });
    expect(uploaded).toMatchObject({ errors: [], payload: { certificate: { id }, userErrors: [] } });
    const deleted = await against({ [`DELETE /${id}`]: success([certificate]) }, (gateway) =>
      mutate(gateway, 'deleteZoneCertificate', { zoneId: seededZone, certificateId: id }),
    );
    expect(deleted).toMatchObject({ errors: [], payload: { certificate: { id }, userErrors: [] } });
  });
});

describe('The answer to a change of hostnames', () => {
  it.each([
    ['one object', success(hostname('app.example.com'))],
    [
      'an array with others and odd entries',
      success([null, 'x', hostname('b.example.com'), hostname('app.example.com'), 5]),
    ],
    ['another spelling', success([hostname('APP.example。com.')])],
  ])('may be %s', async (_, answer) => {
    const { errors, payload } = await change({ 'PUT /hostnames': answer }, { hostname: 'app.example.com' });
    expect({ errors, payload }).toMatchObject({
      errors: [],
      payload: { hostnames: [{ name: 'app.example.com', enabled: true }], userErrors: [] },
    });
  });

  it.each(['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.example'])(
    'may be in Unicode where %s was sent',
    async (sent) => {
      const { errors, payload } = await change(
        { 'PUT /hostnames': success([hostname('bücher.example')]) },
        { hostname: sent },
      );
      expect(errors).toEqual([]);
      expect(payload?.hostnames).toMatchObject([{ name: 'xn--bcher-kva.example' }]);
    },
  );

  it.each([
    ['nothing', success(null)],
    ['an empty array', success([])],
    ['others alone', success([hostname('b.example.com')])],
    ['a text', success('done')],
    ['one of two', success([hostname('app.example.com')])],
  ])('that is %s is an error that says that the change was made', async (_, answer) => {
    const { errors, payload } = await change(
      { 'PUT /hostnames': answer },
      { hostname: 'app.example.com' },
      { hostname: 'c.example.com' },
    );
    expect(payload).toBeNull();
    expect(errors).toMatchObject(madeButUnreadable);
  });
});

describe('A change that was made, in an answer that cannot be read', () => {
  it.each([
    ['null', null],
    ['two certificates', [certificate, certificate]],
    ['a text', id],
    ['no id', { status: 'active' }],
    ['a number for an id', { ...certificate, id: 5 }],
  ])('is said to be made: an upload answered by %s', async (_, result) => {
    const { errors } = await upload({ 'POST ': success(result) });
    expect(errors).toMatchObject(madeButUnreadable);
  });

  it.each([[null], [[]], [{}], [{ enabled: 'on' }]])(
    'is said to be made: settings answered by %j',
    async (result) => {
      const { errors } = await against({ 'PUT /settings': success(result) }, (gateway) =>
        mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
      );
      expect(errors).toMatchObject(madeButUnreadable);
    },
  );
});

const html = { text: '<!doctype html><p>Hello', headers: { 'content-type': 'text/html' } };

describe('A change that may have been made', () => {
  it.each([
    ['an empty body', { text: '' }],
    ['no content', { status: 204, text: '' }],
    ['a page of HTML', html],
    ['JSON that breaks off', { text: '{"success":true,"result":{' }],
    ['an array', { json: [certificate] }],
    ['an envelope that does not say whether', { json: { result: certificate } }],
    ['a redirect', { ...html, status: 302 }],
    ['a 502 in JSON', refusal(502, [{ code: 10013, message: 'broken' }])],
    ['a 502 in HTML', { ...html, status: 502 }],
  ])('says so over both faces and in the audit log, answered by %s', async (_, answer) => {
    const { certificate: pem, private_key: privateKey } = await anUpload();
    const answers = { 'POST ': answer, 'PUT /settings': answer, [`DELETE /${id}`]: answer };
    await against(answers, async (gateway) => {
      for (const [method, path, body] of [
        ['POST', '', { certificate: pem, private_key: privateKey }],
        ['DELETE', `/${id}`, undefined],
      ] as const) {
        await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
        const reply = await call(gateway.base + pathOf(path), method, { headers: bearer, body });
        expect(reply.headers['x-should-retry']).toBe('false');
        if ('json' in answer && answer.status === 502) continue;
        expect(envelopeOf(reply).errors).toMatchObject([{ code: 99021, message: mayBeMade }]);
      }
    });
    await against(answers, async (gateway) => {
      const input = { zoneId: seededZone, enabled: true };
      const { errors, payload } = await mutate(gateway, 'updateZoneSettings', input);
      expect(payload).toBeNull();
      const upstreamStatus = 'status' in answer ? answer.status : 200;
      expect(errors).toMatchObject([
        {
          message: mayBeMade,
          extensions: { operationId: expect.stringMatching(/^[0-9a-f-]{36}$/), upstreamStatus },
        },
      ]);
      expect(await resultsIn(gateway)).toMatchObject([{ status: 'unknown', http_status: upstreamStatus }]);
    });
  });

  it('is not said where the read before it failed', async () => {
    const failed = refusal(503, [{ code: 10013, message: 'broken' }]);
    const { errors } = await against({ 'GET /settings': failed }, (gateway) =>
      mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
    );
    expect(errors).toMatchObject([{ message: 'Cloudflare answered 503. broken Nothing was changed.' }]);
  });
});

describe('The deletion of a certificate', () => {
  const deletion = (result: unknown) =>
    against({ [`DELETE /${id}`]: success(result) }, (gateway) =>
      mutate(gateway, 'deleteZoneCertificate', { zoneId: seededZone, certificateId: id }),
    );

  it.each([
    ['among all of the zone', [{ ...certificate, id: other }, 'x', certificate]],
    ['with its id in upper case', { ...certificate, id: id.toUpperCase() }],
    ['alone', certificate],
  ])('is told where it is answered %s', async (_, result) => {
    const { errors, payload } = await deletion(result);
    expect(errors).toEqual([]);
    expect(payload?.certificate?.['id']?.toLowerCase()).toBe(id);
  });

  it.each([[{ ...certificate, id: other }], [[{ ...certificate, id: other }]], [[]], [{ id: '' }]])(
    'is said to be made where the answer is %j',
    async (result) => {
      expect((await deletion(result)).errors).toMatchObject(madeButUnreadable);
    },
  );
});

describe('A list of certificates', () => {
  const certificates = `certificates { ${certificateFields} }`;

  it.each([
    ['a total of two', { total_count: 2 }],
    ['a total as a text', { total_count: '40' }],
    ['two pages', { total_count: 1, total_pages: 2 }],
    ['more in this answer', { count: 3 }],
  ])('is never shown in part: it counts %s where one came', async (_, result_info) => {
    const answers = {
      'GET ': success([certificate], { result_info }),
      'GET /hostnames/certificates': success([certificate], { result_info }),
    };
    const { data, errors } = await read(answers, 'certificates { id } hostnameCertificates { id }');
    expect(data?.zone).toEqual({ certificates: null, hostnameCertificates: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } },
      { extensions: { code: 'UPSTREAM_INVALID' } },
    ]);
  });

  it.each([
    ['right', { count: 1, total_count: 1, total_pages: 1 }],
    ['less', { total_count: 0, total_pages: 0 }],
    ['odd', { total_count: null, total_pages: 'many' }],
  ])('is shown where its counts are %s', async (_, result_info) => {
    const { data } = await read({ 'GET ': success([certificate], { result_info }) }, 'certificates { id }');
    expect(data?.zone).toEqual({ certificates: [{ id }] });
  });

  it('is empty where it is null or an empty array', async () => {
    for (const result of [null, []]) {
      const { data, errors } = await read({ 'GET ': success(result) }, certificates);
      expect({ zone: data?.zone, errors }).toEqual({ zone: { certificates: [] }, errors: [] });
    }
  });

  it.each([
    ['an object with a list in it', { certificates: [certificate] }],
    ['an object', {}],
    ['a text', 'none'],
    ['a text among them', [certificate, 'x']],
    ['a number among them', [5]],
    ['an array among them', [[certificate]]],
    ['null among them', [certificate, null]],
    ['left out', undefined],
  ])('that is %s is UPSTREAM_INVALID', async (_, result) => {
    const { data, errors } = await read({ 'GET ': success(result) }, certificates);
    expect(data?.zone).toEqual({ certificates: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID', upstreamStatus: 200 } }]);
  });
});

describe('A refusal', () => {
  const certificates = 'certificates { id }';

  it('within a 200 is told with its code: to a change over GraphQL', async () => {
    const within = refusal(200, [{ code: 1406, message: 'This certificate already exists.' }]);
    const { errors, payload } = await upload({ 'POST ': within });
    expect(errors).toEqual([]);
    expect(payload?.userErrors).toMatchObject([{ code: 'CONFLICT', upstreamCode: 1406 }]);
  });

  it('within a 200 is told with its code: over REST, and is a failure in the audit log', async () => {
    const within = refusal(200, [{ code: '1999', message: 'No.' }]);
    await against({ 'PUT /settings': within, 'GET ': within }, async (gateway) => {
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
  ])('of %i that is no JSON has the code of its status', async (status, text, code, more) => {
    const headers = { 'content-type': 'text/plain', ...(status === 429 && { 'retry-after': '30' }) };
    await against(
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
  });

  it.each([
    ['texts', ['the certificate was rejected'], {}, 'the certificate was rejected', null],
    ['an object without a code', [{ message: 'key usage' }], {}, 'key usage', null],
    ['a code as a text', [{ code: '1999', message: 'leaf' }], {}, 'leaf', 1999],
    ['messages', [], { messages: [{ code: 7, message: 'said here' }] }, 'said here', 7],
    ['one object', { code: 7, message: 'alone' }, {}, 'alone', 7],
    ['error', undefined, { error: 'said apart' }, 'said apart', null],
    [
      'a chain',
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
  ])('is told with its text: %s', async (_, errors, more, text, upstreamCode) => {
    const refused = refusal(400, errors, more);
    const { payload } = await upload({ 'POST ': refused });
    expect(payload?.userErrors).toMatchObject([
      { code: 'REJECTED', message: expect.stringContaining(text), upstreamCode },
    ]);
    const reading = await read({ 'GET ': refused }, certificates);
    expect(reading.errors[0]?.message).toBe(`Cloudflare answered 400. ${text}`);
  });
});

describe('The fields of a certificate', () => {
  it('are read in the spellings that Cloudflare uses', async () => {
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
  ])('have the serial number in both spellings where %s is answered', async (serial, decimal, hex) => {
    const { json } = success([{ ...certificate, serial_number: 'here' }]);
    const text = JSON.stringify(json).replace('"here"', serial);
    const { data } = await read({ 'GET ': { text } }, 'certificates { serialNumber serialNumberHex }');
    expect(data?.zone['certificates']).toEqual([{ serialNumber: decimal, serialNumberHex: hex }]);
  });

  it('have the serial number as the audit log has it', async () => {
    const { certificate: pem, private_key: privateKey } = await anUpload();
    const { serialNumber } = new X509Certificate(pem);
    const uploaded = success({
      ...certificate,
      serial_number: BigInt(`0x${serialNumber}`).toString(),
      certificate: pem,
    });
    await against({ 'POST ': uploaded, 'GET ': success([uploaded.json]) }, async (gateway) => {
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
    'are null without an error where a date is %j',
    async (date) => {
      const { errors, payload } = await upload({ 'POST ': success({ ...certificate, expires_on: date }) });
      expect(errors).toEqual([]);
      expect(payload?.certificate).toMatchObject({ id, expiresOn: null });
    },
  );
});

describe('A hostname that is asked for', () => {
  it.each([
    'app.example.com',
    'APP.Example.COM',
    'app.example.com.',
    'app。example．com｡',
    'ａpp.example.com',
  ])('is asked of Cloudflare in its canonical spelling: %s', async (name) => {
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
    'is refused where it is no hostname: %j',
    async (name) => {
      const { payload } = await change({}, { hostname: name });
      expect(payload?.userErrors).toMatchObject([
        { code: 'INVALID_INPUT', field: ['input', 'changes', '0', 'hostname'] },
      ]);
    },
  );

  it('is named twice where it is spelt in two ways', async () => {
    const { payload } = await change({}, { hostname: 'app.example.com' }, { hostname: 'APP。example.com.' });
    expect(payload?.userErrors).toMatchObject([{ message: expect.stringContaining('named twice') }]);
  });

  it.each([
    ['an id of another type', { cert_id: 4578 }],
    ['a switch that is a text', { enabled: 'true' }],
    ['a switch that is a number', { enabled: 0 }],
    ['no name', { hostname: '' }],
  ])('is not shown where it has %s', async (_, odd) => {
    const answers = { 'GET /hostnames/app.example.com': success(hostname('app.example.com', odd)) };
    const { data, errors } = await read(
      answers,
      'hostname(name: "app.example.com") { name enabled certificate { id } }',
    );
    expect(data?.zone).toEqual({ hostname: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID' } }]);
  });
});

function hexOf(serial: bigint): string {
  const hex = serial.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

async function resultsIn({ url }: { url: string }) {
  const reply = await call(`${url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer });
  const { result } = JSON.parse(reply.body.toString()) as { result: { stage: string; result?: unknown }[] };
  return result.filter(({ stage }) => stage === 'outcome').map((event) => event.result);
}
