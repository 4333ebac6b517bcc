import { describe, expect, it } from '@jest/globals';
import { type Principal } from '../../request/identity.js';
import { actions } from '../actions.js';
import { parseAccessFile } from './parse-access-file.js';
import { Rules } from './rules.js';
import { principalOf } from './state.js';

const zone = '0'.repeat(31) + '1';
const other = '0'.repeat(31) + '2';
const sha256 = 'a'.repeat(64);

const file = (changes: object = {}) =>
  parseAccessFile(
    'access.json',
    JSON.stringify({
      issuers: [
        {
          name: 'idp',
          issuer: 'https://idp.test',
          jwks: 'https://idp.test/jwks',
          audience: ['us'],
          algorithms: ['RS256'],
        },
        {
          name: 'k8s',
          issuer: 'https://k8s.test',
          jwks: 'https://k8s.test/jwks',
          audience: ['us'],
          algorithms: ['RS256'],
        },
      ],
      keys: [{ id: 'aaaaaaaa', name: 'billing', sha256, notAfter: '2099-01-01' }],
      grants: [],
      upstream: [{ name: 'prod', tokenFile: 'token', zones: ['*'] }],
      ...changes,
    }),
  );

const user = (claims: object, issuer = 'idp'): Principal => ({
  kind: 'principal',
  type: 'user',
  id: `${issuer}|ada`,
  name: null,
  knownBy: { issuer },
  claims: claims as Principal['claims'],
});

const billing = principalOf({ id: 'aaaaaaaa', name: 'billing' });
const grant = (claims: object, more: object = {}) => ({
  issuer: 'idp',
  claims,
  role: 'viewer',
  zones: ['*'],
  ...more,
});
const mayRead = (claims: object, wanted: object, issuer?: string) =>
  new Rules(file({ grants: [grant(wanted)] })).may(user(claims, issuer), 'settings.get', zone);

describe('Rules', () => {
  it('Allow nothing without a grant', () => {
    const rules = new Rules(file());

    for (const action of actions) {
      expect(rules.may(user({}), action, zone)).toBe(false);
      expect(rules.may(billing, action, '*')).toBe(false);
    }
    expect(rules.rightsOf(user({}))).toMatchObject({ roles: [], zones: [] });
  });

  it('Allow in the zones of a grant and in no other', () => {
    const rules = new Rules(file({ grants: [{ key: 'billing', role: 'viewer', zones: [zone] }] }));

    expect(rules.may(billing, 'settings.get', zone)).toBe(true);
    expect(rules.may(billing, 'settings.get', other)).toBe(false);
    expect(rules.may(billing, 'settings.get', '*')).toBe(false);
    expect(
      rules.may(billing, 'settings.get', zone.toUpperCase() === zone ? `${zone} ` : zone.toUpperCase()),
    ).toBe(false);
  });

  it('Add up the roles of a zone and of all zones', () => {
    const grants = [
      { key: 'billing', role: 'operator', zones: [zone] },
      { key: 'billing', role: 'auditor', zones: ['*'] },
    ];
    const rules = new Rules(file({ grants }));

    expect(rules.may(billing, 'audit.search', zone)).toBe(true);
    expect(rules.may(billing, 'hostname.update', zone)).toBe(true);
    expect(rules.may(billing, 'hostname.update', other)).toBe(false);
    expect(rules.may(billing, 'audit.search', '*')).toBe(true);
  });

  it.each([
    [{ groups: 'edge' }, { groups: 'edge' }, true],
    [{ groups: ['dev', 'edge'] }, { groups: 'edge' }, true],
    [{ groups: ['dev'] }, { groups: ['ops', 'dev'] }, true],
    [{ groups: ['dev'] }, { groups: ['ops', 'edge'] }, false],
    [{ groups: 'edge-admins' }, { groups: 'edge' }, false],
    [{ groups: 'edge dev' }, { groups: 'edge' }, false],
    [{ groups: 'Edge' }, { groups: 'edge' }, false],
    [{ groups: { edge: true } }, { groups: 'edge' }, false],
    [{ groups: [['edge']] }, { groups: 'edge' }, false],
    [{ groups: null }, { groups: 'null' }, false],
    [{}, { groups: 'undefined' }, false],
    [{ email_verified: true }, { email_verified: true }, true],
    [{ email_verified: 'true' }, { email_verified: true }, false],
    [{ tenant: 7 }, { tenant: 7 }, true],
    [{ tenant: '7' }, { tenant: 7 }, false],
    [{ groups: 'edge', tenant: 1 }, { groups: 'edge', tenant: 2 }, false],
    [{ groups: 'edge', tenant: 2 }, { groups: 'edge', tenant: 2 }, true],
    [{}, {}, true],
    [{}, { constructor: 'Object' }, false],
    [{ constructor: 'Object' }, { constructor: 'Object' }, true],
    [{ 'https://idp.test/groups': ['edge'] }, { 'https://idp.test/groups': 'edge' }, true],
    [{ 'kubernetes.io': { namespace: 'prod' } }, { '/kubernetes.io/namespace': 'prod' }, true],
    [{ 'kubernetes.io': { namespace: 'dev' } }, { '/kubernetes.io/namespace': 'prod' }, false],
    [{ 'kubernetes.io': 'prod' }, { '/kubernetes.io/namespace': 'prod' }, false],
    [{ 'a/b': { 'c~d': ['x'] } }, { '/a~1b/c~0d': 'x' }, true],
    [{ 'a/b': { 'c~d': ['x'] } }, { '/a~1b/c~0d/0': 'x' }, true],
    [{}, { '/__proto__/constructor/name': 'Object' }, false],
    [{ text: 'abc' }, { '/text/length': 3 }, false],
  ])('A token with %j and a grant for %j: %j', (claims, wanted, isAllowed) => {
    expect(mayRead(claims, wanted)).toBe(isAllowed);
  });

  it('Do not take the claims of one issuer for those of another, nor a key for an issuer', () => {
    expect(mayRead({ groups: 'edge' }, { groups: 'edge' }, 'k8s')).toBe(false);
    expect(new Rules(file({ grants: [grant({})] })).may(billing, 'settings.get', zone)).toBe(false);
    const ofKeys = new Rules(file({ grants: [{ key: 'billing', role: 'viewer', zones: ['*'] }] }));
    expect(ofKeys.may(user({ key: 'billing' }), 'settings.get', zone)).toBe(false);
  });

  it('Have the roles of the file beside those that are built in', () => {
    const roles = { rotator: ['read', 'hostname.update'], constructor: ['settings.get'] };
    const grants = (role: string) => [{ key: 'billing', role, zones: ['*'] }];

    const rotator = new Rules(file({ roles, grants: grants('rotator') })).rightsOf(billing).actionsIn(zone);
    const own = new Rules(file({ roles, grants: grants('constructor') })).rightsOf(billing).actionsIn(zone);

    expect(rotator).toContain('hostname.update');
    expect(rotator).toContain('audit.read');
    expect(rotator).not.toContain('settings.update');
    expect(rotator).not.toContain('audit.search');
    expect([...own]).toEqual(['settings.get']);
  });

  it('Join what is granted in a zone and in every zone, in little time also for many zones', () => {
    const zones = Array.from({ length: 40_000 }, (_, at) => at.toString(16).padStart(32, '0'));
    const grants = [
      { key: 'billing', role: 'auditor', zones: ['*'] },
      { key: 'billing', role: 'operator', zones },
    ];
    const rules = new Rules(file({ grants }));
    const begun = performance.now();

    expect(rules.may(billing, 'hostname.update', zone)).toBe(true);
    expect(rules.may(billing, 'audit.search', zone)).toBe(true);
    expect(rules.may(billing, 'hostname.update', 'f'.repeat(32))).toBe(false);
    expect(rules.may(billing, 'audit.search', 'f'.repeat(32))).toBe(true);
    expect(rules.rightsOf(billing).zones).toHaveLength(40_001);
    expect(performance.now() - begun).toBeLessThan(700);
  });

  it('Take the token of a zone before that of all zones', () => {
    const upstream = [
      { name: 'all', tokenFile: 'a', zones: ['*'] },
      { name: 'one', tokenFile: 'b', zones: [zone] },
    ];
    const rules = new Rules(file({ upstream }));
    const without = new Rules(file({ upstream: [upstream[1]] }));

    expect(rules.upstreamFor(zone)?.name).toBe('one');
    expect(rules.upstreamFor(other)?.name).toBe('all');
    expect(without.upstreamFor(other)).toBeUndefined();
  });

  it('Explain which grant decides', () => {
    const grants = [
      grant({ groups: 'edge' }, { zones: [zone] }),
      grant({ groups: 'ops' }, { role: 'admin', zones: [other] }),
    ];
    const rules = new Rules(file({ grants }));
    const explained = (claims: object, action: Parameters<Rules['may']>[1], where: string) =>
      rules.explain(user(claims), action, where);

    expect(explained({ groups: 'edge' }, 'settings.get', zone).lines[0]).toBe(
      `allowed by grants[0]: the role viewer has settings.get, and the zones are ${zone}`,
    );
    expect(explained({}, 'settings.get', zone).lines).toEqual(['not allowed: no grant is for idp|ada']);
    expect(explained({ groups: 'ops' }, 'settings.get', zone).lines).toEqual([
      'not allowed: the grants of idp|ada are for other zones: grants[1]',
    ]);
    expect(explained({ groups: 'edge' }, 'settings.update', zone).lines).toEqual([
      'not allowed: no role of idp|ada in this zone has settings.update: grants[0] (viewer)',
    ]);
    for (const action of actions)
      for (const where of [zone, other, '*'])
        expect(explained({ groups: 'edge' }, action, where).isAllowed).toBe(
          rules.may(user({ groups: 'edge' }), action, where),
        );
  });
});
