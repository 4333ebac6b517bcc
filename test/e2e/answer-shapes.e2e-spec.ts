import { describe, expect, it } from '@jest/globals';
import { mutate } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import { refusal, success } from '../support/upstream/mocked-answers.js';
import { anUpload, pathOf, seededZone } from '../support/http/requests.js';
import {
  id,
  certificate,
  hostname,
  against,
  alone,
  read,
  change,
  upload,
  html,
  resultsIn,
} from '../support/graphql/answers-to-graphql.js';

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

describe('Answers in an array of one', () => {
  it('Settings in an array of one are read', async () => {
    const { data, errors } = await read(
      { 'GET /settings': success([{ enabled: true }]) },
      'settings { enabled }',
    );
    expect({ data, errors }).toEqual({ data: { zone: { settings: { enabled: true } } }, errors: [] });
  });

  it('A hostname in an array of one is read', async () => {
    const answers = { 'GET /hostnames/app.example.com': success([hostname('app.example.com')]) };
    const { data } = await read(answers, 'hostname(name: "app.example.com") { name enabled }');
    expect(data?.zone).toEqual({ hostname: { name: 'app.example.com', enabled: true } });
  });

  it('An uploaded or deleted certificate in an array of one is read', async () => {
    const uploaded = await upload({ 'POST ': success([certificate]) });
    expect(uploaded).toMatchObject({ errors: [], payload: { certificate: { id }, userErrors: [] } });
    const deleted = await against({ [`DELETE /${id}`]: success([certificate]) }, (gateway) =>
      mutate(gateway, 'deleteZoneCertificate', { zoneId: seededZone, certificateId: id }),
    );
    expect(deleted).toMatchObject({ errors: [], payload: { certificate: { id }, userErrors: [] } });
  });
});

describe('Answers to changes of hostnames', () => {
  it.each([
    ['one object', success(hostname('app.example.com'))],
    [
      'an array with other and invalid entries',
      success([null, 'x', hostname('b.example.com'), hostname('app.example.com'), 5]),
    ],
    ['another spelling of the hostname', success([hostname('APP.example。com.')])],
  ])('The answer to a change of hostnames may be %s', async (_, answer) => {
    const { errors, payload } = await change({ 'PUT /hostnames': answer }, { hostname: 'app.example.com' });
    expect({ errors, payload }).toMatchObject({
      errors: [],
      payload: { hostnames: [{ name: 'app.example.com', enabled: true }], userErrors: [] },
    });
  });

  it.each(['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.example'])(
    'The answer to a change of hostnames may be in Unicode where %s was sent',
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
    ['null', success(null)],
    ['an empty array', success([])],
    ['other hostnames alone', success([hostname('b.example.com')])],
    ['a string', success('done')],
    ['one of two hostnames', success([hostname('app.example.com')])],
  ])('A change of hostnames answered with %s is reported as made but not readable', async (_, answer) => {
    const { errors, payload } = await change(
      { 'PUT /hostnames': answer },
      { hostname: 'app.example.com' },
      { hostname: 'c.example.com' },
    );
    expect(payload).toBeNull();
    expect(errors).toMatchObject(madeButUnreadable);
  });
});

describe('Changes that were made, with unreadable answers', () => {
  it.each([
    ['null', null],
    ['two certificates', [certificate, certificate]],
    ['a string', id],
    ['no id', { status: 'active' }],
    ['an id that is a number', { ...certificate, id: 5 }],
  ])('An upload answered with %s is reported as made but not readable', async (_, result) => {
    const { errors } = await upload({ 'POST ': success(result) });
    expect(errors).toMatchObject(madeButUnreadable);
  });

  it.each([[null], [[]], [{}], [{ enabled: 'on' }]])(
    'A change of settings answered with %j is reported as made but not readable',
    async (result) => {
      const { errors } = await against({ 'PUT /settings': success(result) }, (gateway) =>
        mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
      );
      expect(errors).toMatchObject(madeButUnreadable);
    },
  );
});

describe('Changes with an unknown outcome', () => {
  it.each([
    ['an empty body', { text: '' }],
    ['204 without content', { status: 204, text: '' }],
    ['a page of HTML', html],
    ['truncated JSON', { text: '{"success":true,"result":{' }],
    ['an array', { json: [certificate] }],
    ['an envelope without success', { json: { result: certificate } }],
    ['a redirect', { ...html, status: 302 }],
    ['a 502 in JSON', refusal(502, [{ code: 10013, message: 'broken' }])],
    ['a 502 in HTML', { ...html, status: 502 }],
  ])('A change answered with %s has an unknown outcome over both APIs and in the log', async (_, answer) => {
    const { certificate: pem, private_key: privateKey } = await anUpload();
    const answers = { 'POST ': answer, 'PUT /settings': answer, [`DELETE /${id}`]: answer };
    await against(answers, async (gateway) => {
      const headers = gateway.bearer;
      for (const [method, path, body] of [
        ['POST', '', { certificate: pem, private_key: privateKey }],
        ['DELETE', `/${id}`, undefined],
      ] as const) {
        await call(gateway.base + pathOf('/settings'), 'GET', { headers });
        const reply = await call(gateway.base + pathOf(path), method, { headers, body });
        expect(reply.headers['x-should-retry']).toBe('false');
        if ('json' in answer && answer.status === 502) continue;
        expect(envelopeOf(reply).errors).toMatchObject([{ code: 99021, message: mayBeMade }]);
      }
    });
    await alone(answers, async (gateway) => {
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

  it('A change whose admission read fails is reported as not made', async () => {
    const failed = refusal(503, [{ code: 10013, message: 'broken' }]);
    const { errors } = await against({ 'GET /settings': failed }, (gateway) =>
      mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
    );
    expect(errors).toMatchObject([{ message: 'Cloudflare answered 503. broken Nothing was changed.' }]);
  });
});

describe('Answers to deletions', () => {
  const deletion = (result: unknown) =>
    against({ [`DELETE /${id}`]: success(result) }, (gateway) =>
      mutate(gateway, 'deleteZoneCertificate', { zoneId: seededZone, certificateId: id }),
    );

  it.each([
    ['among all of the zone', [{ ...certificate, id: other }, 'x', certificate]],
    ['with its id in upper case', { ...certificate, id: id.toUpperCase() }],
    ['alone', certificate],
  ])('A deletion is reported where Cloudflare answers with the certificate %s', async (_, result) => {
    const { errors, payload } = await deletion(result);
    expect(errors).toEqual([]);
    expect(payload?.certificate?.['id']?.toLowerCase()).toBe(id);
  });

  it.each([[{ ...certificate, id: other }], [[{ ...certificate, id: other }]], [[]], [{ id: '' }]])(
    'A deletion answered with %j is reported as made but not readable',
    async (result) => {
      expect((await deletion(result)).errors).toMatchObject(madeButUnreadable);
    },
  );
});
