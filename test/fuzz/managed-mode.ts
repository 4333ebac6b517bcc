import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { digestOfApiKey, newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { type Random } from '../support/basics/random.js';
import { token } from '../support/http/requests.js';
import { chance, hexOf, lettersOf, oneOf } from './chances.js';
import { type Credential, misspelt, type Mode } from './callers.js';

const issuer = 'https://issuer.example';
const audience = 'origin-pulls';
const headerOfProxy = 'cf-access-jwt-assertion';
const roles = ['viewer', 'operator', 'admin', 'auditor', 'nobody'] as const;

const bearing = (text: string): Credential => ({
  headers: [['authorization', `Bearer ${text}`]],
  secrets: [text, ...text.split('.').filter((part) => part.length >= 16)],
});

/** Callers have tokens of an issuer, or API keys of the gateway. */
export const managed: Mode = {
  name: 'in managed mode',
  begin: async (random, folder) => {
    const upstream = `${token}-${lettersOf(random, 32)}`;
    const foreign = `cfut_${hexOf(random, 40)}`;
    const address = `${hexOf(random, 24)}@canary.example`;
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const sign = (claims: JWTPayload) => {
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        iss: issuer,
        aud: audience,
        sub: 'ada',
        email: address,
        iat: now,
        exp: now + 24 * 3600,
      };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'fuzz' })
        .sign(privateKey);
    };
    const tokens = await Promise.all(roles.map((role) => sign({ sub: role, groups: [role] })));
    const [wrongAudience, expired] = await Promise.all([
      sign({ aud: 'another' }),
      sign({ exp: 1_700_000_000 }),
    ]);
    const keys = roles.map((role) => ({ role, ...newApiKey() }));
    const unknownKey = newApiKey().key;
    writeAccess(folder, { upstream, jwk: await exportJWK(publicKey), keys });
    const [, , admin = ''] = tokens;
    const ordinary = bearing(admin);
    const proxied = (text: string): Credential => ({ ...bearing(text), headers: [[headerOfProxy, text]] });
    const good = [...tokens, ...keys.map(({ key }) => key)];
    const bad = [wrongAudience, expired, unknownKey, foreign];
    return {
      // The limit of calls has tests of its own: here it would refuse most requests.
      settings: {
        MODE: 'managed',
        ACCESS_FILE: join(folder, 'access', 'access.json'),
        CALLER_CALLS_PER_5_MINUTES: '1000000',
      },
      callers: {
        ordinary,
        credential: (from) => (chance(from, 80) ? right(from) : wrong(from)),
        secrets: [...good, ...bad, upstream].flatMap((text) => bearing(text).secrets),
        addresses: [],
        shownAddresses: [address],
      },
    };

    function right(from: Random): Credential {
      return oneOf<Credential>(from, [
        [6, () => ordinary],
        [6, () => bearing(from.of(good))],
        [2, () => proxied(from.of(tokens))],
      ]);
    }

    function wrong(from: Random): Credential {
      const one = from.of(good);
      const text = from.of(bad);
      return oneOf<Credential>(from, [
        [3, () => ({ headers: [], secrets: [] })],
        [4, () => bearing(text)],
        [2, () => proxied(text)],
        [3, () => ({ ...bearing(one), headers: [['authorization', misspelt(from, one)]] })],
        [2, () => bearing(damagedToken(from, one))],
        [2, () => ({ ...bearing(one), headers: [...bearing(one).headers, ...proxied(admin).headers] })],
        [1, () => ({ ...bearing(one), headers: [...bearing(one).headers, ...ordinary.headers] })],
        [2, () => ({ headers: [['x-auth-key', text]], secrets: [text] })],
      ]);
    }
  },
};

/** Another character at one place, or a part of it. */
function damagedToken(random: Random, text: string): string {
  const at = random.below(text.length);
  return random.of([
    text.slice(0, at),
    `${text.slice(0, at)}A${text.slice(at + 1)}`,
    text.split('.').slice(0, 2).join('.'),
  ]);
}

interface Written {
  readonly upstream: string;
  readonly jwk: object;
  readonly keys: readonly { readonly role: string; readonly id: string; readonly key: string }[];
}

/** The role `nobody` is granted to nobody. */
function writeAccess(folder: string, { upstream, jwk, keys }: Written): void {
  const below = join(folder, 'access');
  mkdirSync(below, { mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(below, name), text, { mode: 0o600 });
  const granted = roles.filter((role) => role !== 'nobody');
  const known = {
    issuer,
    jwksFile: 'jwks.json',
    audience: [audience],
    algorithms: ['ES256'],
    actor: 'email',
  };
  write('jwks.json', JSON.stringify({ keys: [{ ...jwk, kid: 'fuzz', alg: 'ES256' }] }));
  write('token', upstream);
  const content = {
    issuers: [
      { name: 'direct', ...known },
      { name: 'proxied', ...known, header: headerOfProxy },
    ],
    keys: keys.map(({ role, id, key }) => ({
      id,
      name: role,
      sha256: digestOfApiKey(key),
      notAfter: '2099-01-01',
    })),
    grants: granted.flatMap((role) => [
      ...['direct', 'proxied'].map((name) => ({
        issuer: name,
        claims: { groups: role },
        role,
        zones: ['*'],
      })),
      { key: role, role, zones: ['*'] },
    ]),
    upstream: [{ name: 'sandbox', tokenFile: 'token', zones: ['*'] }],
  };
  write('access.json', JSON.stringify(content));
}
