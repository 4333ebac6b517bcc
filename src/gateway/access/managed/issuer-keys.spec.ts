import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type RequestListener } from 'node:http';
import { eventually } from '../../../../test/support/basics/eventually.js';
import { startIssuer, type TestIssuer } from '../../../../test/support/access/issuer.js';
import { IssuerKeys } from './issuer-keys.js';
import { type KnownIssuer, verifyJwt } from './jwt.js';

const minuteMs = 60_000;

/** Answers with a set of public keys that is none. */
const answering =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

describe('The public keys of an issuer', () => {
  let issuer: TestIssuer;
  let keys: IssuerKeys;
  let now: number;

  beforeEach(async () => {
    issuer = await startIssuer();
    now = 1000;
    keys = new IssuerKeys(new URL(issuer.jwks), () => now);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.close();
  });

  /** The clock of the keys and that of jose. */
  const pass = (ms: number) => {
    now += ms;
    const before = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(before + ms);
  };

  /** Undefined if a token is taken, else the status of the refusal. */
  const refusalOf = async (token: string) => {
    const known = {
      issuer: {
        name: 'test',
        issuer: issuer.issuer,
        audience: ['origin-pulls'],
        subject: ['sub'],
        algorithms: ['RS256'],
        header: 'authorization',
      },
      keys: keys.find,
    } as KnownIssuer;
    return verifyJwt(token, [known]).then(
      () => undefined,
      (error: { kind: string }) => error.kind,
    );
  };
  const ask = async () => refusalOf(await issuer.token({}));
  const unknownKid = () => issuer.token({}, { kid: 'unknown' });

  it('Are fetched once for many tokens', async () => {
    expect(keys.areKnown).toBe(false);
    const refusals = await Promise.all(Array.from({ length: 20 }, ask));

    expect(new Set(refusals)).toEqual(new Set([undefined]));
    expect(issuer.fetches()).toBe(1);
    expect(keys.areKnown).toBe(true);
  });

  it('Are fetched again after ten minutes, and the token does not wait for that', async () => {
    await ask();
    pass(10 * minuteMs - 1);
    await ask();
    expect(issuer.fetches()).toBe(1);

    let answer: (() => void) | undefined;
    issuer.misbehave((_request, response) => {
      answer = () => response.end(JSON.stringify({ keys: issuer.publicKeys() }));
    });
    pass(2);

    expect(await ask()).toBeUndefined();
    await eventually(() => answer);
    answer?.();
    expect(issuer.fetches()).toBe(2);
  });

  it('Are fetched for a key that is not among them, at most once in 30 s', async () => {
    await ask();
    await issuer.rotate();
    expect(await ask()).toBe('unauthenticated');
    expect(issuer.fetches()).toBe(1);

    pass(30_001);
    expect(await ask()).toBeUndefined();
    for (let count = 0; count < 50; count += 1)
      expect(await refusalOf(await unknownKid())).toBe('unauthenticated');
    expect(issuer.fetches()).toBe(2);
    pass(30_001);
    await Promise.all(Array.from({ length: 50 }, async () => refusalOf(await unknownKid())));
    expect(issuer.fetches()).toBe(3);
  });

  it('Count for 24 h after the last answer, and no longer', async () => {
    await ask();
    issuer.misbehave(answering('away', 503));
    pass(24 * 60 * minuteMs - 1000);
    expect(await refusalOf(await issuer.token({ exp: Math.floor(Date.now() / 1000) + 60 }))).toBeUndefined();

    pass(1001);
    expect(await refusalOf(await issuer.token({ exp: Math.floor(Date.now() / 1000) + 60 }))).toBe(
      'issuer_unavailable',
    );

    issuer.misbehave(null);
    pass(5001);
    expect(await refusalOf(await issuer.token({ exp: Math.floor(Date.now() / 1000) + 60 }))).toBeUndefined();
  });

  it('Are asked for every 5 s at most while the issuer is away', async () => {
    issuer.misbehave(answering('away', 503));
    for (let count = 0; count < 30; count += 1) expect(await ask()).toBe('issuer_unavailable');
    expect(issuer.fetches()).toBe(1);

    pass(5001);
    await Promise.all(Array.from({ length: 30 }, ask));
    expect(issuer.fetches()).toBe(2);
  });

  it('Leave it open whether a token of a new key is valid, while the issuer is away', async () => {
    await ask();
    await issuer.rotate();
    issuer.misbehave(answering('away', 503));
    pass(30_001);

    expect(await Promise.all([ask(), ask()])).toEqual(['issuer_unavailable', 'issuer_unavailable']);
    expect(await ask()).toBe('issuer_unavailable');
    expect(issuer.fetches()).toBe(2);

    issuer.misbehave(null);
    pass(5001);
    expect(await ask()).toBeUndefined();
  });

  it('Are not needed to refuse the algorithm of a token', async () => {
    issuer.misbehave(answering('away', 503));
    const [, ...rest] = (await issuer.token({})).split('.');
    const header = Buffer.from('{"alg":"PS256","kid":"key-1"}').toString('base64url');

    expect(await refusalOf([header, ...rest].join('.'))).toBe('unauthenticated');
    expect(issuer.fetches()).toBe(0);
  });

  const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
  const unusable: Readonly<Record<string, RequestListener>> = {
    '503': answering('{"keys":[]}', 503),
    'no content': answering('', 204),
    'a redirect': (_request, response) => void response.writeHead(302, { location: issuer.jwks }).end(),
    HTML: answering('<!doctype html><title>Sign in</title>', 200, { 'content-type': 'text/html' }),
    nothing: answering(''),
    'half of a set': (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"keys":[');
      setTimeout(() => response.destroy(), 20);
    },
    'a closed connection': (_request, response) => void response.destroy(),
    'an empty set': answering('{"keys":[]}'),
    'a set that is no list': answering('{"keys":{}}'),
    'a set of no keys': answering('{"keys":[null,1,"a"]}'),
    null: answering('null'),
    'a set of secrets': answering(JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'key-1' }] })),
    'a set of keys for encryption': answering(JSON.stringify({ keys: [{ ...rsa, use: 'enc' }] })),
    '1 MiB and a byte': answering(JSON.stringify({ keys: [rsa] }).padEnd(1024 * 1024 + 1)),
    'far more than it announces': (_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, ' ')));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    },
  };

  it.each(Object.keys(unusable))('Stay those that are known after %s', async (name) => {
    await ask();
    issuer.misbehave(unusable[name] ?? null);
    pass(10 * minuteMs + 1);
    const token = await issuer.token({ exp: Math.floor(Date.now() / 1000) + 60 });

    expect(await refusalOf(token)).toBeUndefined();
    await eventually(() => issuer.fetches() === 2 || undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await refusalOf(token)).toBeUndefined();
    expect(issuer.fetches()).toBe(2);
  });

  it.each(Object.keys(unusable))(
    'Are not known after %s, and the issuer is not asked again at once',
    async (name) => {
      issuer.misbehave(unusable[name] ?? null);

      expect(await ask()).toBe('issuer_unavailable');
      expect(await ask()).toBe('issuer_unavailable');
      expect(keys.areKnown).toBe(false);
      expect(issuer.fetches()).toBe(1);
    },
  );

  it('Are found in a set of 1 MiB', async () => {
    const text = JSON.stringify({ keys: issuer.publicKeys() });
    issuer.misbehave(answering(text.padEnd(1024 * 1024)));

    expect(await ask()).toBeUndefined();
  });

  it('Are found in a set beside one that is malformed', async () => {
    const poison = [
      { kty: 'RSA', kid: 'a' },
      { kty: 'XYZ' },
      { kty: 'oct', k: 'AAAA', kid: 'key-1', alg: 'HS256' },
    ];
    issuer.misbehave(answering(JSON.stringify({ keys: [...poison, ...issuer.publicKeys()] })));

    expect(await ask()).toBeUndefined();
  });

  it('Are given up after 5 s', async () => {
    issuer.misbehave(() => undefined);
    const begun = performance.now();

    expect(await ask()).toBe('issuer_unavailable');
    expect(performance.now() - begun).toBeLessThan(8000);
  }, 15_000);
});
