import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOfApiKey, newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { asBearer, expectKnown, expectNothingLeaked, expectUnknown } from '../support/access/attacks.js';
import { audience, startIssuer, type TestIssuer } from '../support/access/issuer.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { eventually } from '../support/basics/eventually.js';
import { ask } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { pathOf, seededZone } from '../support/http/requests.js';

const assertion = 'Cf-Access-Jwt-Assertion';

describe('Credentials of an attacker', () => {
  let stage: ManagedStage;
  let proxy: TestIssuer;
  const expired = newApiKey();
  const revoked = newApiKey();
  const known = newApiKey();
  const halfKnown = newApiKey();

  beforeAll(async () => {
    proxy = await startIssuer();
    const keyOf = ({ id, key }: typeof known, name: string, notAfter = '2099-01-01') => ({
      id,
      name,
      sha256: digestOfApiKey(key),
      notAfter,
    });
    const { issuer, jwks } = proxy;
    stage = await startManagedStage((usual) => ({
      ...usual,
      issuers: [
        ...(usual['issuers'] as object[]),
        { name: 'proxy', issuer, jwks, audience: [audience], algorithms: ['RS256'], header: assertion },
      ],
      keys: [
        ...(usual['keys'] as object[]),
        keyOf(known, 'known'),
        keyOf(expired, 'known', '2020-01-01'),
        { ...keyOf(halfKnown, 'known'), sha256: 'a'.repeat(64) },
      ],
      grants: [
        ...(usual['grants'] as object[]),
        { issuer: 'proxy', claims: {}, role: 'viewer', zones: ['*'] },
        { key: 'known', role: 'viewer', zones: ['*'] },
      ],
    }));
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await proxy?.close();
  });

  const messageFor = async (headers: Record<string, string>) => {
    const reply = await stage.ask('GET', pathOf('/settings'), { headers });
    return `${reply.status} ${envelopeOf(reply).errors[0]?.message} ${reply.headers['www-authenticate']}`;
  };

  it('An API key that is known is taken; unknown, revoked, expired and wrong ones are refused', async () => {
    await expectKnown(stage, asBearer(known.key));
    await expectUnknown(stage, asBearer(newApiKey().key), /not known/);
    await expectUnknown(stage, asBearer(revoked.key), /not known/);
    await expectUnknown(stage, asBearer(halfKnown.key), /not known/);
    await expectUnknown(stage, asBearer(expired.key), /has expired/);
    await expectUnknown(
      stage,
      asBearer(`${known.key.slice(0, -1)}${known.key.endsWith('a') ? 'b' : 'a'}`),
      /typing error/,
    );
    await expectUnknown(stage, asBearer(known.key.toUpperCase()));
    await expectUnknown(stage, asBearer(known.key.slice(4)));
  });

  it('The id of a known key cannot be told from that of none', async () => {
    const [none, half] = [
      await messageFor(asBearer(newApiKey().key)),
      await messageFor(asBearer(halfKnown.key)),
    ];

    expect(half).toBe(none);
  });

  it('Two headers Authorization are refused, in either order, and over GraphQL', async () => {
    const token = await stage.issuer.token({ groups: ['viewer'] });
    const pairs = [
      [known.key, known.key],
      [known.key, 'x'],
      ['x', known.key],
      [known.key, token],
      [token, `cfut_${'a'.repeat(40)}`],
    ];
    for (const pair of pairs) {
      const lines = pair.map((each) => `Authorization: Bearer ${each}\r\n`).join('');
      const end = `Host: a\r\n${lines}Connection: close\r\n`;
      const { status, text } = await sendRaw(
        stage.gateway.url,
        `GET /client/v4${pathOf('/settings')} HTTP/1.1\r\n${end}\r\n`,
      );
      const body = '{"query":"{viewer{actor}}"}';
      const operation = await sendRaw(
        stage.gateway.url,
        `POST /graphql HTTP/1.1\r\n${end}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );

      expect([status, operation.status]).toEqual([401, 401]);
      expect(text.toLowerCase()).toContain('www-authenticate: bearer');
      expect(`${text}${operation.text}`).not.toContain(known.key.slice(12, 40));
    }
  });

  it('Two identities in one request are refused', async () => {
    const ofProxy = await proxy.token({});
    const ofIssuer = await stage.issuer.token({ groups: ['viewer'] });
    await expectKnown(stage, { [assertion]: ofProxy });
    await expectKnown(stage, asBearer(ofIssuer));

    await expectUnknown(stage, { ...asBearer(ofIssuer), [assertion]: ofProxy }, /^.*Send one of the headers/);
    await expectUnknown(stage, { ...asBearer(known.key), [assertion]: ofProxy }, /Send one of the headers/);
    await expectUnknown(
      stage,
      { ...asBearer(known.key), 'x-auth-key': 'a'.repeat(37) },
      /credential of Cloudflare/,
    );
    await expectUnknown(
      stage,
      { ...asBearer(known.key), 'x-auth-email': 'ada@example.com' },
      /credential of Cloudflare/,
    );
    await expectUnknown(
      stage,
      { [assertion]: ofProxy, 'x-auth-user-service-key': 'v1.0-aaaa' },
      /credential of Cloudflare/,
    );
  });

  it('A token in the header of another issuer, or of none, is refused, also after it was taken in its own', async () => {
    const ofProxy = await proxy.token({});
    const ofIssuer = await stage.issuer.token({ groups: ['viewer'] });
    await expectKnown(stage, { [assertion]: ofProxy });
    await expectKnown(stage, asBearer(ofIssuer));

    await expectUnknown(stage, asBearer(ofProxy), /not accepted in this header/);
    await expectUnknown(stage, { [assertion]: ofIssuer }, /not accepted in this header/);
    for (const name of [
      'X-Goog-IAP-JWT-Assertion',
      'X-Forwarded-Access-Token',
      'Cookie',
      'Proxy-Authorization',
      'X-Api-Key',
    ])
      await expectUnknown(stage, { [name]: ofProxy }, /Send a token or an API key/);
    await expectUnknown(stage, { [assertion]: `Bearer ${ofProxy}` });
    await expectUnknown(stage, { [assertion]: known.key });
  });

  it('A forged assertion of the proxy is refused', async () => {
    const [header, , signature] = (await proxy.token({})).split('.');
    const claims = Buffer.from(
      JSON.stringify({ iss: proxy.issuer, aud: audience, sub: 'eve', exp: 4e9 }),
    ).toString('base64url');

    await expectUnknown(stage, { [assertion]: `${header}.${claims}.${signature}` }, /signature/);
    await expectUnknown(stage, { [assertion]: 'ada@example.com' });
    await expectUnknown(stage, { 'Cf-Access-Authenticated-User-Email': 'ada@example.com' });
  });

  it('Headers of proxies name nobody', async () => {
    const named = {
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;by=admin',
      'x-forwarded-client-cert': 'Hash=a;Subject="CN=admin";URI=spiffe://cluster/ns/prod/sa/admin',
      'x-forwarded-user': 'admin',
      'x-forwarded-email': 'admin@example.com',
      'x-remote-user': 'admin',
      'x-hasura-role': 'admin',
      'x-original-url': '/health/live',
      'x-rewrite-url': '/health/live',
    };
    await expectUnknown(stage, named, /Send a token or an API key/);
    const change = await stage.ask('PUT', pathOf('/settings'), {
      headers: { ...named, ...asBearer(known.key) },
      body: { enabled: true },
    });
    expect(change.status).toBe(403);
  });

  describe('Of Cloudflare', () => {
    const secret = 'aB3dEfGh1JkLmNoPqRsTuVwXyZ0123456789abCD';
    const ofCloudflare: readonly Record<string, string>[] = [
      asBearer(`cfut_${secret}`),
      asBearer(`cfat_${secret}`),
      asBearer(`cfk_${secret}`),
      asBearer(secret),
      { authorization: `Basic cfut_${secret}` },
      { 'x-auth-email': 'ada.of.the.canary@example.com', 'x-auth-key': secret.slice(0, 37) },
      { 'x-auth-user-service-key': `v1.0-${secret}` },
      { ...asBearer(known.key), 'x-auth-key': secret },
      { [assertion]: `cfut_${secret}` },
    ];
    const counted = async () => {
      const text = await (await fetch(stage.gateway.metricsUrl)).text();
      return Number(/^\w*foreign_credentials_total (\d+)$/m.exec(text)?.[1] ?? NaN);
    };

    it.each(ofCloudflare)('Is refused, not forwarded, and counted: %j', async (headers) => {
      const before = await counted();
      await expectUnknown(stage, headers, /credential of Cloudflare/);

      // A read, a change and an operation.
      expect(await counted()).toBe(before + 3);
      expect(stage.recorder.verifications).toEqual([]);
    });

    it('Is recorded as denied, by its fingerprint and never as text', async () => {
      const events = await eventually(async () => {
        const all = await stage.events();
        const denied = all.filter(({ result }) => result?.reason === 'foreign_credential');
        return denied.length >= 5 ? all : undefined;
      });
      const denied = events.filter(({ stage, credential }) => stage === 'denied' && credential !== undefined);

      expect(denied.length).toBeGreaterThan(0);
      for (const { credential, actor } of denied) {
        expect(credential?.fingerprint).toMatch(/^fp_[0-9a-f]{32}$/);
        expect(actor).toMatchObject({ type: 'unknown', verified: false });
        expect(actor?.id).toBeUndefined();
      }
      const text = JSON.stringify(events) + stage.logged();
      expect(text).not.toContain(secret.slice(0, 16));
      expect(text).not.toContain('ada.of.the.canary');
    });
  });

  it('A request id, an operation name, a user agent and a trace that quote a token are not written', async () => {
    const token = await stage.issuer.token({ groups: ['admin'], sub: 'quoting' });
    const part = token.slice(-40);
    for (const [credential, piece] of [
      [token, part],
      [known.key, known.key.slice(20, 50)],
    ] as const) {
      const headers = {
        ...asBearer(credential),
        'x-request-id': piece,
        'user-agent': `agent ${piece}`,
        traceparent: `00-${Buffer.from(piece).toString('hex').slice(0, 32)}-${'1'.repeat(16)}-01`,
        'x-forwarded-for': piece,
      };
      const body = { query: `query _${piece.replaceAll(/\W/g, '_')} { viewer { actor } }` };
      const reply = await call(`${stage.gateway.url}/graphql`, 'POST', { headers, body });
      await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
      await stage.ask('GET', pathOf(`/hostnames/${piece.replaceAll(/[^A-Za-z0-9]/g, 'a')}.example.com`), {
        headers,
      });
      const told = JSON.stringify([reply.headers, reply.body.toString()]);
      expect(told).not.toContain(piece.slice(0, 20));
      expect(stage.logged()).not.toContain(piece.slice(0, 20));
      expect(JSON.stringify(await stage.events())).not.toContain(piece.slice(0, 20));
    }
  });

  it('A request id with a line break starts no line, in an answer or in the log', async () => {
    const lines = `GET /v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${known.key}\r\nConnection: close\r\n`;
    const folded = await sendRaw(stage.gateway.url, `${lines}X-Request-Id: a\r\n b: injected\r\n\r\n`);
    const encoded = await sendRaw(stage.gateway.url, `${lines}X-Request-Id: a%0d%0ab:injected\r\n\r\n`);
    const named = await ask(
      stage.gateway,
      '{ viewer { actor } }',
      {},
      { ...asBearer(known.key), 'x-request-id': 'a"b' },
    );

    for (const { text } of [folded, encoded]) expect(text).not.toContain('injected');
    expect(named.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    for (const line of stage.logged().trim().split('\n'))
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    const hostile = JSON.stringify({
      query: 'query A { viewer { actor } }',
      operationName: 'A\n{"level":60}',
    });
    const reply = await call(`${stage.gateway.url}/graphql`, 'POST', {
      headers: { ...asBearer(known.key), 'content-type': 'application/json' },
      body: hostile,
    });
    expect(reply.status).toBe(400);
    expect(stage.logged()).not.toContain('\n{"level":60}');
  });

  it('A token whose groups did not fit says to use app roles', async () => {
    const overage = {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph.test/v1.0/users/ada/getMemberObjects' } },
    };
    const headers = asBearer(await stage.issuer.token({ groups: undefined, ...overage }));
    const reply = await stage.ask('GET', pathOf('/settings'), { headers });
    const operation = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { settings { enabled } } }`,
      {},
      headers,
    );
    const ordinary = await stage.ask('GET', pathOf('/settings'), {
      headers: asBearer(await stage.issuer.token({})),
    });

    expect(reply.status).toBe(403);
    expect(envelopeOf(reply).errors[0]?.message).toContain('use app roles');
    expect(operation.errors[0]?.message).toContain('use app roles');
    expect(envelopeOf(ordinary).errors[0]?.message).not.toContain('app roles');
    for (const strange of [{ _claim_names: 'groups' }, { _claim_names: null }, { _claim_names: ['groups'] }])
      expect(
        (
          await stage.ask('GET', pathOf('/settings'), {
            headers: asBearer(await stage.issuer.token(strange as Record<string, unknown>)),
          })
        ).status,
      ).toBe(403);
  });

  it('No piece of any is in an answer, the log or the audit log', async () => {
    await expectNothingLeaked(stage);
  });
});
