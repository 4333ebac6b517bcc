import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../../../platform/config/settings.js';
import { danglingGrants, problemsAtStart } from './contradictions.js';
import { parseAccessFile } from './parse-access-file.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
/** Would be seen if a message quoted a value. */
const secret = 'SECRET-that-no-message-may-quote';

const issuer = {
  name: 'idp',
  issuer: 'https://idp.test',
  jwks: 'https://idp.test/jwks',
  audience: ['us'],
  algorithms: ['RS256'],
};
const key = { id: 'aaaaaaaa', name: 'billing', sha256: 'a'.repeat(64), notAfter: '2099-01-01' };
const byIssuer = { issuer: 'idp', claims: { groups: 'edge' }, role: 'viewer', zones: ['*'] };
const byKey = { key: 'billing', role: 'operator', zones: [zone] };
const upstream = { name: 'prod', tokenFile: 'token', zones: ['*'] };

const whole = (changes: object = {}) => ({
  issuers: [issuer],
  keys: [key],
  roles: { rotator: ['read', 'hostname.update'] },
  grants: [byIssuer, byKey],
  upstream: [upstream],
  ...changes,
});

function problemsOf(content: unknown): string[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  try {
    parseAccessFile('access.json', text);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.message).not.toContain(secret);
    return error.problems.map((problem) => problem.replace('ACCESS_FILE: access.json: ', ''));
  }
}

describe('An access file', () => {
  it('Is taken if each part is right', () => {
    expect(problemsOf(whole())).toEqual([]);
    expect(problemsOf({ grants: [], upstream: [] })).toEqual([]);
  });

  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{', 'is not JSON'],
    [`{"grants": ${secret}}`, 'is not JSON'],
    ['null', 'is not JSON'],
    ['[]', 'object'],
    ['"text"', 'object'],
    ['{}', 'grants: must be given'],
  ])('Is not %j', (text, problem) => {
    expect(problemsOf(text)[0]).toContain(problem);
  });

  const wrong: readonly [place: string, content: object, problem: string][] = [
    ['issuers', whole({ issuers: secret }), 'issuers: Invalid input: expected array, received string'],
    ['grants', whole({ grants: 5 }), 'grants: Invalid input: expected array, received number'],
    ['upstream', whole({ upstream: undefined }), 'upstream: must be given (array)'],
    ['an unknown member', whole({ grant: secret }), 'has no member "grant"'],
    ...Object.entries({
      name: ['', 'a b', '-a', 'a|b', 'a'.repeat(65), 'key', 7, null],
      issuer: ['', 7],
      jwks: [
        '',
        'http://idp.test/jwks',
        'ftp://idp.test',
        `https://u:${secret}@idp.test/jwks`,
        'jwks.json',
        7,
      ],
      audience: [[], [''], secret, [7]],
      algorithms: [[], ['none'], ['HS256'], [secret], 'RS256'],
      header: ['', 'X Y', 'user-agent', 'x-request-id', 'X-Auth-Key', 'x-auth-user-service-key', 7],
      type: ['', 7],
      actor: ['', 'a'.repeat(257), 7],
      [secret.slice(0, 6)]: ['unknown member'],
    }).flatMap(([member, values]) =>
      values.map((value): [string, object, string] => [
        `issuers[0].${member}`,
        whole({ issuers: [{ ...issuer, [member]: value }] }),
        'issuers[0]',
      ]),
    ),
    [
      'both jwks and jwksFile',
      whole({ issuers: [{ ...issuer, jwksFile: 'a' }] }),
      'issuers[0]: must have jwks or jwksFile',
    ],
    [
      'neither',
      whole({ issuers: [{ ...issuer, jwks: undefined }] }),
      'issuers[0]: must have jwks or jwksFile',
    ],
    ...Object.entries({
      id: ['', 'aaaaaaa', 'aaaaaaaaa', 'aaaa-aaa', 7],
      name: ['', 'a b', 7],
      sha256: ['', secret, 'A'.repeat(64), 'a'.repeat(63)],
      notAfter: ['', secret, '2026-02-30', '2026-13-01', '01.02.2027', 7, null, undefined],
      key: [secret],
    }).flatMap(([member, values]) =>
      values.map((value): [string, object, string] => [
        `keys[0].${member}`,
        whole({ keys: [{ ...key, [member]: value }] }),
        'keys[0]',
      ]),
    ),
    ...Object.entries({
      issuer: ['', 'a b', 7, undefined],
      claims: [
        secret,
        { '': 'x' },
        { groups: {} },
        { groups: [] },
        { groups: null },
        { groups: [['a']] },
        undefined,
      ],
      role: ['', 'nobody', 'Viewer', '__proto__', 'constructor', 7, undefined],
      zones: [[], [secret], [zone.toUpperCase()], ['example.com'], ['**'], '*', undefined],
      key: ['billing'],
      zone: ['*'],
    }).flatMap(([member, values]) =>
      values.map((value): [string, object, string] => [
        `grants[0].${member}`,
        whole({ grants: [{ ...byIssuer, [member]: value }] }),
        'grants[0]',
      ]),
    ),
    ...Object.entries({
      name: ['', 'a b', 7],
      tokenFile: ['', 7, undefined],
      readTokenFile: ['', 7],
      accountId: ['', secret],
      zones: [[], [secret], undefined],
      token: [secret],
    }).flatMap(([member, values]) =>
      values.map((value): [string, object, string] => [
        `upstream[0].${member}`,
        whole({ upstream: [{ ...upstream, [member]: value }] }),
        'upstream[0]',
      ]),
    ),
    ['an unknown action', whole({ roles: { rotator: [secret] } }), 'roles.rotator[0]: must be an action'],
    [
      'an action of no client',
      whole({ roles: { rotator: ['token.verify'] } }),
      'roles.rotator[0]: must be an action',
    ],
    [
      'a word of objects',
      whole({ roles: { rotator: ['constructor'] } }),
      'roles.rotator[0]: must be an action',
    ],
    ['no action', whole({ roles: { rotator: [] } }), 'roles.rotator: must have an action'],
    ['a built-in role', whole({ roles: { admin: ['read'] } }), 'roles.admin: is built in'],
    ['a role that is no name', whole({ roles: { 'a b': ['read'] } }), 'roles.a b: must be 1 to 64 letters'],
    [
      'two issuers of a name',
      whole({ issuers: [issuer, { ...issuer, issuer: 'https://b.test' }] }),
      'issuers[1].name: is that of another',
    ],
    [
      'two issuers of an iss and a header',
      whole({ issuers: [issuer, { ...issuer, name: 'b', header: 'Authorization' }] }),
      'issuers[1]: another issuer has the same issuer and header',
    ],
    [
      'two keys of an id',
      whole({ keys: [key, { ...key, name: 'b' }] }),
      'keys[1].id: is that of another key',
    ],
    [
      'two upstreams of a name',
      whole({ upstream: [upstream, { ...upstream, zones: [zone] }] }),
      'upstream[1].name',
    ],
    [
      'two tokens for a zone',
      whole({ upstream: [upstream, { ...upstream, name: 'b' }] }),
      'upstream[1].zones[0]: another token',
    ],
  ];

  it.each(wrong)('With %s is refused by its place', (_place, content, problem) => {
    expect(problemsOf(content)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['{"grants": [], "upstream": [], "__proto__": {"grants": []}}', '__proto__: must not be given'],
    [
      '{"grants": [], "upstream": [], "roles": {"__proto__": ["read"]}}',
      'roles.__proto__: must not be given',
    ],
    [
      '{"grants": [{"issuer": "idp", "claims": {"__proto__": "x"}, "role": "admin", "zones": ["*"]}], "upstream": []}',
      'grants[0].claims.__proto__: must not be given',
    ],
  ])('Has no member __proto__: %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  it('Names every problem at once', () => {
    const problems = problemsOf(
      whole({ keys: [{ ...key, id: '' }], upstream: [{ ...upstream, zones: [] }] }),
    );

    expect(problems).toHaveLength(2);
  });

  it('Takes a thousand keys of a thousand names, and finds one id twice among them', () => {
    const keys = Array.from({ length: 1000 }, (_, at) => ({
      ...key,
      id: String(10_000_000 + at),
      name: `key-${at}`,
    }));

    expect(problemsOf(whole({ keys }))).toEqual([]);
    expect(problemsOf(whole({ keys: [...keys, keys[500]] }))).toEqual([
      'keys[1000].id: is that of another key',
    ]);
  });

  it('Allows a start only with grants and tokens; while the gateway runs it may have none', () => {
    const none = parseAccessFile('access.json', JSON.stringify({ grants: [], upstream: [] }));

    expect(problemsAtStart(none)).toEqual([
      'grants: is empty, so that nothing would be allowed',
      'upstream: is empty, so that no call could be made',
    ]);
    expect(problemsAtStart(parseAccessFile('access.json', JSON.stringify(whole())))).toEqual([]);
  });

  it('May have grants for what is not there any more', () => {
    const file = parseAccessFile('access.json', JSON.stringify(whole({ issuers: [], keys: [] })));

    expect(danglingGrants(file)).toEqual([
      'grants[0].issuer: there is no such issuer',
      'grants[1].key: there is no API key of this name',
    ]);
  });
});
