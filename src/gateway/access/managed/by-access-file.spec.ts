import { describe, expect, it } from '@jest/globals';
import { type IncomingHttpHeaders } from 'node:http';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { ForeignCredential } from '../../request/foreign-credential.js';
import { digestOfApiKey, newApiKey } from './api-key.js';
import { ByAccessFile } from './by-access-file.js';
import { parseAccessFile } from './parse-access-file.js';
import { AccessState } from './state.js';

const { id, key } = newApiKey();
const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
const issuerOf = (name: string, more: object = {}) => ({
  name,
  issuer: `https://${name}.test`,
  jwks: `https://${name}.test/jwks`,
  audience: ['us'],
  algorithms: ['ES256'],
  ...more,
});

function stateOf(changes: object = {}): AccessState {
  const text = JSON.stringify({
    issuers: [issuerOf('idp'), issuerOf('proxy', { header: 'Cf-Access-Jwt-Assertion' })],
    keys: [{ id, name: 'billing', sha256: digestOfApiKey(key), notAfter: '2099-01-01' }],
    grants: [{ key: 'billing', role: 'viewer', zones: ['*'] }],
    upstream: [{ name: 'prod', tokenFile: 'token', zones: ['*'] }],
    ...changes,
  });
  const file = parseAccessFile('access.json', text);
  const keys = createLocalJWKSet({ keys: [jwk] });
  const issuers = file.issuers.map((issuer) => ({ issuer, keys }));
  return new AccessState([text], file, issuers);
}

async function tokenOf(claims: JWTPayload = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: 'https://idp.test', aud: 'us', sub: 'ada', exp: now + 300, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(privateKey);
}

function anIdentification(state = stateOf()) {
  const uses: string[] = [];
  const counted = { foreign: 0 };
  const self = { state };
  const identification = new ByAccessFile(
    () => self.state,
    (used) => uses.push(used),
    () => (counted.foreign += 1),
  );
  const connection = {};
  const ask = async (headers: IncomingHttpHeaders, on: object = connection) => {
    const identity = await identification.identify(headers, on);
    if (!(identity instanceof GatewayError)) return identity.kind === 'principal' ? identity.id : 'a holder';
    return identity;
  };
  return { ask, uses, counted, self, identification };
}

const refused = (message: RegExp) =>
  expect.objectContaining({ kind: 'unauthenticated', message: expect.stringMatching(message) });

describe('A sender', () => {
  it('Is known by an API key, each use of which is noted', async () => {
    const { ask, uses } = anIdentification();

    expect(await ask({ authorization: `Bearer ${key}` })).toBe('key|billing');
    expect(await ask({ authorization: `bearer  ${key}` })).toBe('key|billing');
    expect(uses).toEqual([id, id]);
  });

  it('Is known by a token in the header of its issuer, and in no other, also once it has been verified', async () => {
    const { ask } = anIdentification();
    const ofIdp = await tokenOf();
    const ofProxy = await tokenOf({ iss: 'https://proxy.test' });

    expect(await ask({ authorization: `Bearer ${ofIdp}` })).toBe('idp|ada');
    expect(await ask({ 'cf-access-jwt-assertion': ofProxy })).toBe('proxy|ada');
    expect(await ask({ authorization: `Bearer ${ofProxy}` })).toEqual(refused(/not accepted in this header/));
    expect(await ask({ 'cf-access-jwt-assertion': ofIdp })).toEqual(refused(/not accepted in this header/));
    expect(await ask({ authorization: `Bearer ${ofIdp}` }, {})).toBe('idp|ada');
  });

  it('Sends one credential in one header', async () => {
    const { ask } = anIdentification();
    const token = await tokenOf({ iss: 'https://proxy.test' });

    expect(await ask({ authorization: `Bearer ${key}`, 'cf-access-jwt-assertion': token })).toEqual(
      refused(/^Send one of the headers/),
    );
    expect(await ask({ authorization: '', 'cf-access-jwt-assertion': token })).toEqual(
      refused(/^Send one of the headers/),
    );
    expect(await ask({ authorization: `Bearer ${key}, Bearer ${key}` })).toEqual(
      refused(/as Bearer, a space/),
    );
    expect(await ask({ 'cf-access-jwt-assertion': `${token}, ${token}` })).toEqual(
      refused(/neither a token/),
    );
    expect(await ask({ 'x-goog-iap-jwt-assertion': token })).toEqual(refused(/^Send a token or an API key/));
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Basic ${key}`,
    key,
    `Bearer ${key} x`,
    `Bearer ${'a'.repeat(8193)}`,
    `Bearer\t${key}`,
  ])('Is not known by the header Authorization: %s', async (authorization) => {
    expect(await anIdentification().ask({ authorization })).toEqual(refused(/as Bearer, a space/));
  });

  it('Is told the same of a wrong secret and of an unknown id, and something else of a typing error', async () => {
    const { ask } = anIdentification();
    const unknown = (await ask({ authorization: `Bearer ${newApiKey().key}` })) as GatewayError;
    const typo = (await ask({
      authorization: `Bearer ${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
    })) as GatewayError;
    const state = stateOf({
      keys: [{ id, name: 'billing', sha256: 'a'.repeat(64), notAfter: '2099-01-01' }],
    });
    const wrong = (await anIdentification(state).ask({ authorization: `Bearer ${key}` })) as GatewayError;

    expect(unknown.message).toBe(wrong.message);
    expect(unknown.details).toEqual(wrong.details);
    expect(typo.message).toContain('typing error');
  });

  it.each([
    ['2020-01-01', false],
    [new Date().toISOString().slice(0, 10), true],
    [new Date(Date.now() - 1000).toISOString(), false],
    [new Date(Date.now() + 60_000).toISOString(), true],
    ['2020-01-01T00:00:00+02:00', false],
  ])('With a key until %s is known: %j', async (notAfter, isKnown) => {
    const state = stateOf({ keys: [{ id, name: 'billing', sha256: digestOfApiKey(key), notAfter }] });
    const answer = await anIdentification(state).ask({ authorization: `Bearer ${key}` });

    expect(answer).toEqual(isKnown ? 'key|billing' : refused(/has expired/));
  });

  const foreign: readonly IncomingHttpHeaders[] = [
    { authorization: `Bearer cfut_${'a'.repeat(40)}` },
    { authorization: `Bearer cfat_${'a'.repeat(48)}` },
    { authorization: `Bearer cfk_${'a'.repeat(40)}` },
    { authorization: `Bearer ${'aB3-_'.repeat(8)}` },
    { 'x-auth-email': 'ada@example.com', 'x-auth-key': 'a'.repeat(37) },
    { 'x-auth-key': 'a'.repeat(37) },
    { 'x-auth-email': 'ada@example.com' },
    { 'x-auth-user-service-key': `v1.0-${'a'.repeat(40)}` },
    { authorization: `Bearer ${key}`, 'x-auth-key': 'a'.repeat(37) },
    { authorization: `Bearer cfut_${'a'.repeat(40)}`, 'cf-access-jwt-assertion': 'a.b.c' },
    { authorization: `Basic cfut_${'a'.repeat(40)}` },
    { authorization: `cfut_${'a'.repeat(40)}` },
    { 'cf-access-jwt-assertion': `cfut_${'a'.repeat(40)}` },
  ];

  it.each(foreign)('With a credential of Cloudflare is told so, and counted: %j', async (headers) => {
    const { ask, counted } = anIdentification();
    const refusal = await ask(headers);

    expect(refusal).toBeInstanceOf(ForeignCredential);
    expect(counted.foreign).toBe(1);
    expect(JSON.stringify(refusal)).not.toContain('aaaaaaaa');
    expect((refusal as Error).message).not.toContain('aaaaaaaa');
  });

  it('Is verified again on the same connection once the file has changed', async () => {
    const { ask, self } = anIdentification();
    const authorization = `Bearer ${await tokenOf()}`;
    expect(await ask({ authorization })).toBe('idp|ada');

    self.state = stateOf({ issuers: [issuerOf('idp', { audience: ['others'] })] });
    expect(await ask({ authorization })).toEqual(refused(/another audience/));
    self.state = stateOf({ issuers: [] });
    expect(await ask({ authorization })).toEqual(refused(/issuer that is not accepted/));
    self.state = stateOf({ keys: [] });
    expect(await ask({ authorization: `Bearer ${key}` })).toEqual(refused(/not known/));
  });

  it.each([
    ['', null],
    ['a'.repeat(512), 'a'.repeat(512)],
    ['a'.repeat(513), null],
    ['ada|eve', 'ada|eve'],
    ['ada\neve', null],
    ['ada\u0000', null],
    ['ada\u0085', null],
    ['\ud800', null],
    ['Ada Lovelace ü 🎉', 'Ada Lovelace ü 🎉'],
    [7, null],
    [{}, null],
    [['ada'], null],
    [true, null],
    [null, null],
  ])('Whose token has the sub %j is known as %j', async (sub, known) => {
    const answer = await anIdentification().ask({
      authorization: `Bearer ${await tokenOf({ sub: sub as string })}`,
    });

    if (known === null) expect(answer).toEqual(refused(/subject|sub|claim/));
    else expect(answer).toBe(`idp|${known}`);
  });

  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['ada\n', null],
    ['a'.repeat(513), null],
    [7, null],
    [undefined, null],
  ])('Whose token has the name %j is shown as %j', async (email, shown) => {
    const { identification } = anIdentification(stateOf({ issuers: [issuerOf('idp', { actor: 'email' })] }));
    const authorization = `Bearer ${await tokenOf({ email })}`;

    expect(await identification.identify({ authorization }, {})).toMatchObject({ name: shown });
  });
});
