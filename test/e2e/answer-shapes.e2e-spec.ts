import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway.js';
import { ask, certificateFields, mutate } from '../support/graphql.js';
import { type Answers, startMockedAnswers, success } from '../support/mocked-answers.js';
import { anUpload, seededZone } from '../support/requests.js';

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

describe('A list of certificates', () => {
  const certificates = `certificates { ${certificateFields} }`;

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
