import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CompactEncrypt, type JWTPayload } from 'jose';
import {
  asBearer,
  expectKnown,
  expectNothingLeaked,
  expectUnknown,
  forged,
} from '../support/access/attacks.js';
import { audience, startIssuer, type TestIssuer } from '../support/access/issuer.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { call, envelopeOf } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';

describe('Tokens of an attacker', () => {
  let stage: ManagedStage;
  let other: TestIssuer;
  let typed: TestIssuer;
  let own: Server;
  let ownUrl: string;
  let asked = 0;
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });

  beforeAll(async () => {
    other = await startIssuer();
    typed = await startIssuer();
    own = createServer((_request, response) => {
      asked += 1;
      response.end(
        JSON.stringify({ keys: [{ ...attacker.publicKey.export({ format: 'jwk' }), kid: 'key-1' }] }),
      );
    });
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
    ownUrl = `http://127.0.0.1:${(own.address() as AddressInfo).port}/jwks.json`;
    const issuerOf = (name: string, { issuer, jwks }: TestIssuer, more: object = {}) => ({
      ...{ name, issuer, jwks, audience: [audience], algorithms: ['RS256'] },
      ...more,
    });
    const toAll = (issuer: string) => ({ issuer, claims: {}, role: 'viewer', zones: ['*'] });
    stage = await startManagedStage((usual) => ({
      ...usual,
      issuers: [
        ...(usual['issuers'] as object[]),
        issuerOf('other', other),
        issuerOf('typed', typed, { type: 'at+jwt' }),
      ],
      grants: [...(usual['grants'] as object[]), toAll('other'), toAll('typed')],
    }));
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    for (const issuer of [other, typed]) await issuer?.close();
    own?.close();
  });

  const now = () => Math.floor(Date.now() / 1000);
  const claims = (more: object = {}) => ({
    iss: stage.issuer.issuer,
    aud: audience,
    sub: 'eve',
    groups: ['admin'],
    exp: now() + 300,
    ...more,
  });
  const byAttacker = (signed: string) => sign('RSA-SHA256', Buffer.from(signed), attacker.privateKey);
  const token = (more: JWTPayload, header?: object) =>
    stage.issuer.token({ groups: ['viewer'], ...more }, header);

  it('A token as it should be is taken', async () => {
    await expectKnown(stage, asBearer(await token({})));
    await expectKnown(stage, asBearer(await token({ aud: ['others', audience] })));
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('With alg %j is refused', async (alg) => {
    for (const signature of ['', 'A', 'x'.repeat(342)])
      await expectUnknown(stage, asBearer(`${forged({ alg, kid: 'key-1' }, claims())}${signature}`));
  });

  it('With HMAC and the public key as its secret is refused', async () => {
    const [jwk] = stage.issuer.publicKeys();
    const publicKey = createPublicKey({ key: jwk as never, format: 'jwk' });
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
      Buffer.from(String(jwk?.n), 'base64url'),
      '',
    ];
    for (const secret of secrets)
      for (const bits of [256, 384, 512]) {
        const byHmac = (signed: string) => createHmac(`sha${bits}`, secret).update(signed).digest();
        await expectUnknown(
          stage,
          asBearer(forged({ alg: `HS${bits}`, kid: 'key-1' }, claims(), byHmac)),
          /algorithm/,
        );
      }
  });

  it.each(['RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'RS1', 'rs256', 'RSA-OAEP'])(
    'Signed with %s, which is not accepted, is refused',
    async (alg) => {
      await expectUnknown(stage, asBearer(forged({ alg, kid: 'key-1' }, claims(), byAttacker)));
    },
  );

  it('Signed with the accepted algorithm by another key is refused, whatever `kid` it names', async () => {
    const kids = [
      'key-1',
      undefined,
      '',
      '../../../../dev/null',
      '/dev/null',
      'file:///etc/passwd',
      ownUrl,
      "' OR '1'='1",
      "key-1' UNION SELECT 'key'; --",
      'key-1\u0000',
      '__proto__',
      'constructor',
      'k'.repeat(4000),
      7,
      null,
      {},
      ['key-1'],
      true,
    ];
    for (const kid of kids)
      await expectUnknown(stage, asBearer(forged({ alg: 'RS256', kid }, claims(), byAttacker)));
    expect(asked).toBe(0);
  });

  it('That brings its own key, or the place of one, is refused, and that place is not asked', async () => {
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    const brought = [
      { jku: ownUrl },
      { x5u: ownUrl },
      { jwk },
      { jwk: { ...jwk, kid: 'key-1' }, kid: 'key-1' },
      { x5c: [attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
      { jku: ownUrl, x5u: ownUrl, jwk, kid: ownUrl },
      { iss: ownUrl, jku: `${stage.issuer.jwks}@${ownUrl}` },
    ];
    for (const more of brought)
      await expectUnknown(
        stage,
        asBearer(forged({ alg: 'RS256', kid: 'key-1', ...more }, claims(), byAttacker)),
      );
    await expectUnknown(
      stage,
      asBearer(forged({ alg: 'RS256' }, claims({ iss: ownUrl }), byAttacker)),
      /issuer/,
    );
    expect(asked).toBe(0);
    // Of the issuer itself they are not read either.
    await expectKnown(stage, asBearer(await token({}, { jku: ownUrl, x5u: ownUrl })));
    expect(asked).toBe(0);
  });

  it('With an extension that has to be understood is refused', async () => {
    await expectUnknown(
      stage,
      asBearer(forged({ alg: 'RS256', kid: 'key-1', crit: ['exp'], exp: 1 }, claims(), byAttacker)),
    );
    await expectUnknown(
      stage,
      asBearer(forged({ alg: 'RS256', kid: 'key-1', crit: ['b64'], b64: false }, claims(), byAttacker)),
    );
    const [header, ...parts] = (await token({})).split('.');
    expect(header).toBeDefined();
    for (const crit of [['x'], [], 'x', ['b64'], [7]]) {
      const changed = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'key-1', crit, b64: false })).toString(
        'base64url',
      );
      await expectUnknown(stage, asBearer([changed, ...parts].join('.')));
    }
  });

  it('That is encrypted, has other parts than three, or is changed is refused', async () => {
    const [jwk] = stage.issuer.publicKeys();
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(createPublicKey({ key: jwk as never, format: 'jwk' }));
    await expectUnknown(stage, asBearer(jwe));
    const good = await token({});
    const [header = '', payload = '', signature = ''] = good.split('.');
    const payloadOf = (value: unknown) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    const changed = [
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${good}.${signature}`,
      `${good}=`,
      `${header}.${payloadOf(claims())}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      ...['', 'null', '[]', '"text"', '7', '{', '{"iss":7}'].map(
        (text) => `${header}.${payloadOf(text)}.${signature}`,
      ),
      `${payloadOf('null')}.${payload}.${signature}`,
      `${payloadOf('[]')}.${payload}.${signature}`,
      `${header}.${'A'.repeat(8000)}.${signature}`,
      `${'A'.repeat(100)}.${'B'.repeat(100)}.${'C'.repeat(100)}`,
    ];
    for (const each of changed) await expectUnknown(stage, asBearer(each));
  });

  it('For another audience is refused, such as an ID token', async () => {
    const audiences = [
      'browser-client',
      [],
      ['others'],
      '',
      `${audience} `,
      audience.toUpperCase(),
      undefined,
      null,
      7,
      {},
      [7],
      [[audience]],
    ];
    for (const aud of audiences) await expectUnknown(stage, asBearer(await token({ aud: aud as string })));
    const idToken = { aud: 'browser-client', azp: audience, nonce: 'n', at_hash: 'h' };
    await expectUnknown(stage, asBearer(await token(idToken)), /another audience/);
  });

  it('Of another `typ` is refused where one is configured', async () => {
    const grantedIn = async (typ: string | undefined) =>
      asBearer(await typed.token({}, typ === undefined ? {} : { typ }));
    for (const typ of ['JWT', 'jwt', 'id_token+jwt', '', 'at+jwt2', undefined])
      await expectUnknown(stage, await grantedIn(typ), /another type|missing or wrong/);
    await expectKnown(stage, await grantedIn('at+jwt'));
    await expectKnown(stage, await grantedIn('application/at+jwt'));
  });

  it('Of an issuer whose name is nearly right is refused', async () => {
    const { issuer } = stage.issuer;
    const names = [
      `${issuer}/`,
      issuer.toUpperCase(),
      ` ${issuer}`,
      `${issuer}\n`,
      issuer.replace('http', 'https'),
      [issuer],
      { issuer },
      null,
      undefined,
      '',
      '__proto__',
    ];
    for (const iss of names) await expectUnknown(stage, asBearer(await token({ iss: iss as string })));
  });

  it('Of one issuer that names another is refused', async () => {
    await expectUnknown(stage, asBearer(await other.token({ iss: stage.issuer.issuer })));
    await expectUnknown(stage, asBearer(await token({ iss: other.issuer })));
  });

  it('Of two issuers with the same subject are two actors', async () => {
    const headersOf = async (issuer: TestIssuer) =>
      asBearer(await issuer.token({ sub: 'same', groups: ['viewer'] }));
    const actorFor = async (issuer: TestIssuer) => {
      const reply = await call(`${stage.gateway.url}/v1/me`, 'GET', { headers: await headersOf(issuer) });
      return envelopeOf(reply).result as { actor: string };
    };

    expect((await actorFor(stage.issuer)).actor).toBe('test|same');
    expect((await actorFor(other)).actor).toBe('other|same');
  });

  describe('With times', () => {
    let at: number;
    const freeze = () => {
      at = now();
      // In the middle of a second, so that the tests count whole ones.
      jest.spyOn(Date, 'now').mockReturnValue(at * 1000 + 500);
    };
    afterAll(() => void jest.restoreAllMocks());

    it('Is taken until 60 s after it has expired, and is forgotten then on the same connection too', async () => {
      freeze();
      await expectKnown(stage, asBearer(await token({ exp: at - 59 })));
      await expectUnknown(stage, asBearer(await token({ exp: at - 60 })), /has expired/);
      await expectUnknown(stage, asBearer(await token({ exp: at - 61 })), /has expired/);
      const headers = asBearer(await token({ exp: at - 58 }));
      await expectKnown(stage, headers);
      jest.spyOn(Date, 'now').mockReturnValue((at + 3) * 1000);
      await expectUnknown(stage, headers, /has expired/);
      jest.restoreAllMocks();
    });

    it('Is taken from 60 s before it is valid', async () => {
      freeze();
      await expectKnown(stage, asBearer(await token({ nbf: at + 59 })));
      await expectKnown(stage, asBearer(await token({ nbf: at + 60 })));
      await expectUnknown(stage, asBearer(await token({ nbf: at + 61 })), /not valid yet/);
      jest.restoreAllMocks();
    });

    it.each([undefined, null, '', 'never', String(4_000_000_000), -1, 0, {}, [4_000_000_000], true, '1e400'])(
      'Is refused with exp %j',
      async (exp) => {
        await expectUnknown(stage, asBearer(await token({ exp: exp as number })));
      },
    );

    it.each(['', 'tomorrow', {}, [0], true, null])('Is refused with nbf %j', async (nbf) => {
      await expectUnknown(stage, asBearer(await token({ nbf: nbf as number })));
    });

    it('With a huge exp is taken, and no longer remembered than any other', async () => {
      await expectKnown(stage, asBearer(await token({ exp: Number.MAX_SAFE_INTEGER })));
      await expectKnown(stage, asBearer(await token({ exp: 1e300 })));
    });
  });

  it.each([
    undefined,
    null,
    '',
    {},
    [],
    ['ada'],
    7,
    true,
    'a'.repeat(513),
    'ada\neve',
    'ada\r\nSet-Cookie: a=b',
    'ada\u0000',
    '\ud800',
  ])('With the subject %j is refused', async (sub) => {
    await expectUnknown(stage, asBearer(await token({ sub: sub as string })));
  });

  it('With a subject that holds the separator is one actor of its issuer', async () => {
    await stage.ask('PUT', pathOf('/settings'), {
      headers: asBearer(await token({ sub: 'other|ada', groups: ['admin'] })),
      body: { enabled: true },
    });
    const reply = await call(`${stage.gateway.url}/v1/me`, 'GET', {
      headers: asBearer(await token({ sub: 'other|ada' })),
    });

    expect(JSON.parse(reply.body.toString())).toMatchObject({ result: { actor: 'test|other|ada' } });
  });

  it('Of 8 KiB is taken, and a longer one is refused without an answer of 500', async () => {
    const ofLength = async (length: number) => {
      const short = (await token({ pad: '' })).length;
      return token({ pad: 'a'.repeat(Math.floor(((length - short) * 3) / 4)) });
    };
    const long = await ofLength(8100);
    expect(long.length).toBeGreaterThan(8000);
    await expectKnown(stage, asBearer(long));
    await expectUnknown(stage, asBearer(await ofLength(8300)));
    await expectUnknown(stage, asBearer(randomBytes(6000).toString('base64url')));
  });

  it('No piece of any is in an answer, the log or the audit log', async () => {
    await expectNothingLeaked(stage);
  });
});
