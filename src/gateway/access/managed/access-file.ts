import { z } from 'zod';
import { type Action, actionGroups, actions, builtInRoles } from '../actions.js';
import { isLoopback } from '../../../platform/config/settings.js';
import { headersOfCloudflare, isSecretHeader } from '../secret-headers.js';

/** Of issuers, API keys, roles and upstreams. */
export const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Of a zone, or of all. */
export const zoneForm = /^(?:\*|[0-9a-f]{32})$/;

const name = z.string().regex(nameForm, 'must be 1 to 64 letters, digits, dots, hyphens or underscores');

const claimName = z.string().min(1, 'must name a claim').max(256, 'must have at most 256 characters');

const zones = z
  .array(z.string().regex(zoneForm, 'must be the id of a zone (32 lower-case hexadecimal characters) or *'))
  .min(1, 'must name a zone, or be ["*"]')
  .describe('Ids of zones, or `*` for all.');

/** Signatures by a key pair alone: with HMAC, everyone who may verify a token could make one. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const issuerSchema = z
  .strictObject({
    name: name.describe('What grants, logs and audit events call it.'),
    issuer: z.string().min(1, 'must be given').describe('The `iss` of its tokens, character by character.'),
    jwks: z
      .string()
      .refine(isKeysUrl, 'must be an https URL, or http to a loopback address, without credentials')
      .optional()
      .describe('The URL of its public keys (RFC 7517).'),
    jwksFile: z.string().min(1, 'must be a path').optional().describe('A file with its public keys.'),
    audience: z
      .array(z.string().min(1, 'must not be empty'))
      .min(1, 'must have a value: a token for another service is no token for this one')
      .describe('The `aud` of its tokens: one of these.'),
    algorithms: z
      .array(z.enum(algorithms, `must be one of ${algorithms.join(', ')}`))
      .min(1, 'must have a value')
      .describe('The algorithms of its signatures.'),
    header: z
      .string()
      .transform((text) => text.toLowerCase())
      .refine(
        (text) => /^[a-z0-9-]{1,64}$/.test(text) && isSecretHeader(text),
        'must be the name of a header that says what it holds: with authorization, assertion, jwt, token or oidc in it',
      )
      .refine(
        (text) => !text.includes('cookie'),
        'must not be a header of cookies: pages of other origins send them',
      )
      .refine((text) => !headersOfCloudflare.includes(text), 'must not be a header of Cloudflare')
      .default('authorization')
      .describe('The header of its tokens.'),
    type: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe('The `typ` of its tokens, such as `at+jwt` (RFC 9068), where it sends one.'),
    subject: z
      .array(claimName)
      .min(1, 'must name a claim')
      .default(['sub'])
      .describe('The claims that may name an actor: the first that is not empty does.'),
    actor: claimName.optional().describe('The claim that people know an actor by, such as `email`.'),
  })
  .refine(({ jwks, jwksFile }) => (jwks === undefined) !== (jwksFile === undefined), {
    error: 'must have jwks or jwksFile, one of the two',
  })
  .refine((issuer) => issuer.name !== ofKeys, {
    path: ['name'],
    error: 'must not be "key": API keys are called so',
  });

/** What the id of an actor with an API key begins with, in place of the name of an issuer. */
export const ofKeys = 'key';

const keySchema = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9A-Za-z]{8}$/, 'must be 8 letters or digits')
    .describe('The id in the key.'),
  name: name.describe('Whose it is. Several keys may have one name, while one replaces the other.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal characters')
    .describe('SHA-256 of the key.'),
  notAfter: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date, or RFC 3339: when the key expires',
    })
    .describe('When it expires. On a date it is valid until the end of the day, in UTC.'),
});

const claimValue = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number or a boolean, or a list of these',
});

const grantCommon = {
  role: name.describe('What is allowed.'),
  zones: zones.describe('Where it is allowed.'),
};

const issuerGrantSchema = z.strictObject({
  issuer: name.describe('The name of an issuer.'),
  claims: z
    .record(claimName, z.union([claimValue, z.array(claimValue).min(1, 'must have a value')]))
    .describe('What the token has to claim, all of it. `{}`: every token of the issuer.'),
  ...grantCommon,
});

const keyGrantSchema = z.strictObject({ key: name.describe('The name of API keys.'), ...grantCommon });

const upstreamSchema = z.strictObject({
  name: name.describe('What logs and metrics call it.'),
  tokenFile: z.string().min(1, 'must be a path').describe('A file with an API token of Cloudflare.'),
  readTokenFile: z
    .string()
    .min(1, 'must be a path')
    .optional()
    .describe('A file with a token for reads, which need not be allowed to change anything.'),
  accountId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal characters')
    .optional()
    .describe('The account that owns the tokens, if no user does.'),
  zones: zones.describe('The zones that the token is for. A zone by its id goes before `*`.'),
});

const knownActions: readonly string[] = [...actions, ...Object.keys(actionGroups)];

export const accessFileSchema = z.strictObject({
  issuers: z.array(issuerSchema).default([]),
  keys: z.array(keySchema).default([]),
  roles: z
    .record(
      name,
      z
        .array(
          z.string().refine((action) => knownActions.includes(action), {
            error: `must be an action: ${knownActions.join(', ')}`,
          }),
        )
        .min(1, 'must have an action'),
    )
    .default({}),
  grants: z.array(
    z.union([issuerGrantSchema, keyGrantSchema], {
      error: 'must have issuer, claims, role and zones, or key, role and zones',
    }),
  ),
  upstream: z.array(upstreamSchema),
});

export type AccessFile = z.output<typeof accessFileSchema>;
export type Issuer = AccessFile['issuers'][number];
export type ApiKey = AccessFile['keys'][number];
export type Grant = AccessFile['grants'][number];
export type Upstream = AccessFile['upstream'][number];

/** The actions of each role: the built-in ones and those of the file. */
export function rolesOf(file: AccessFile): ReadonlyMap<string, ReadonlySet<Action>> {
  const own = Object.entries(file.roles).map(([role, words]): [string, Set<Action>] => [
    role,
    new Set(words.flatMap((word) => actionGroups[word] ?? (word as Action))),
  ]);
  const builtIn = Object.entries(builtInRoles).map(([role, those]): [string, Set<Action>] => [
    role,
    new Set(those),
  ]);
  return new Map([...builtIn, ...own]);
}

function isKeysUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}
