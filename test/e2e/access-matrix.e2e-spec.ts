import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GraphQLSchema, isObjectType } from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type Action, actions, builtInRoles } from '../../src/gateway/access/actions.js';
import { eventually } from '../support/basics/eventually.js';
import { changeNames, nodeKeys, readNames, zoneFields } from '../support/access/actions.js';
import { type ManagedStage, startManagedStage, upstreamToken } from '../support/access/managed-stage.js';
import { ask, mutationOf } from '../support/graphql/graphql.js';
import { inputs, mutationNames, operationOf } from '../support/graphql/mutations.js';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import { type OperationName } from '../../sandbox/operation.js';
import { aUseOf, emptyZone, seededZone } from '../support/http/requests.js';

// The rules as they were agreed, written once more: the code must not be what it is compared with.
const reads = [
  ...[
    'zone_certificate.list',
    'zone_certificate.get',
    'hostname_certificate.list',
    'hostname_certificate.get',
  ],
  ...['hostname.list', 'hostname.get', 'settings.get', 'global_level.get', 'audit.read'],
];
const certificateChanges = [
  ...['zone_certificate.upload', 'zone_certificate.delete'],
  ...['hostname_certificate.upload', 'hostname_certificate.delete', 'hostname.update'],
];
const allowedTo: Readonly<Record<string, readonly string[]>> = {
  viewer: reads,
  operator: [...reads, ...certificateChanges],
  admin: [...reads, ...certificateChanges, 'settings.update', 'global_level.update'],
  auditor: [...reads, 'audit.search'],
  rotator: ['hostname_certificate.list', 'hostname_certificate.upload', 'hostname.update'],
  nobody: [],
};
const roles = Object.keys(allowedTo);
const unknownZone = 'f'.repeat(32);
const zones = { granted: seededZone, other: emptyZone, unknown: unknownZone };
type ZoneKind = keyof typeof zones;
const kinds = Object.keys(zones) as ZoneKind[];

const isAllowed = (role: string, action: string, kind: ZoneKind) =>
  kind === 'granted' && allowedTo[role]?.includes(action) === true;

const without = readNames.map((name) => ({ name, role: `without-${name}` }));

describe('Who may do what', () => {
  let stage: ManagedStage;
  let schema: GraphQLSchema;
  const headers = new Map<string, { authorization: string }>();
  /** Of all refusals: each has the same words. */
  const words = new Set<string>();
  /** The changes that were refused, as `role action`. */
  const refusedChanges = new Set<string>();

  beforeAll(async () => {
    const grant = (role: string) => ({ issuer: 'test', claims: { groups: role }, role, zones: [seededZone] });
    const named = [...roles.filter((role) => role !== 'nobody'), ...without.map(({ role }) => role)];
    stage = await startManagedStage({
      roles: {
        rotator: allowedTo['rotator'],
        ...Object.fromEntries(
          without.map(({ name, role }) => [
            role,
            [...readNames, 'audit.read'].filter((each) => each !== name),
          ]),
        ),
      },
      grants: [...named.map(grant), { key: 'auditor', role: 'auditor', zones: ['*'] }],
    });
    for (const role of [...named, 'nobody']) headers.set(role, await stage.as(role));
    headers.set('all zones', { authorization: `Bearer ${stage.access.keys.auditor}` });
    schema = stage.gateway.app.get(GraphQLSchemaHost, { strict: false }).schema;
  });

  afterAll(async () => await stage?.[Symbol.asyncDispose]());

  const of = (role: string) => headers.get(role) ?? { authorization: '' };

  /** Every call has the token of the gateway, and nothing of the caller. */
  const expectOwnToken = () => {
    for (const { headers: sent } of stage.recorder.exchanges)
      expect(sent['authorization']).toBe(`Bearer ${upstreamToken}`);
  };

  const audit = (query: string, role: string) =>
    call(`${stage.gateway.url}/audit/events${query}`, 'GET', { headers: of(role) });

  async function overRest(role: string, action: Action, zone: string) {
    stage.recorder.forget();
    if (action === 'audit.read') return audit(`?zone=${zone}`, role);
    if (action === 'audit.search') return audit('', role);
    const { method, path, body } = await aUseOf(action as OperationName);
    return stage.ask(method, path.replace(seededZone, zone), { headers: of(role), body });
  }

  describe.each(actions.filter((action) => action !== 'audit.search'))('%s', (action) => {
    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'Over REST, as %s in the %s zone',
      async (role, kind) => {
        const reply = await overRest(role, action, zones[kind]);
        const calls = stage.recorder.exchanges.length;

        if (isAllowed(role, action, kind)) {
          expect(reply.status).toBe(200);
          expect(calls > 0).toBe(action !== 'audit.read');
          expectOwnToken();
          if (changeNames.some((name) => name === action)) await stage.sandbox.reset();
        } else {
          expect({ status: reply.status, code: codeOf(reply), calls }).toEqual({
            status: 403,
            code: 99011,
            calls: 0,
          });
          words.add(envelopeOf(reply).errors[0]?.message ?? '');
          if (changeNames.some((name) => name === action))
            refusedChanges.add(`${role} ${action} ${zones[kind]}`);
        }
      },
    );
  });

  describe.each(mutationNames)('%s', (name) => {
    const action = operationOf[name];

    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'Over GraphQL, as %s in the %s zone',
      async (role, kind) => {
        stage.recorder.forget();
        const input = { ...(await inputs[name]()), zoneId: zones[kind] };
        const query = mutationOf(name, '{ userErrors { code message } }');
        const { data, errors } = await ask<object>(stage.gateway, query, { input }, of(role));

        if (isAllowed(role, action, kind)) {
          expect({ data, errors }).toEqual({ data: { [name]: { userErrors: [] } }, errors: [] });
          expect(stage.recorder.exchanges.some(({ method }) => method !== 'GET')).toBe(true);
          expectOwnToken();
          await stage.sandbox.reset();
        } else {
          expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
          expect(stage.recorder.exchanges).toEqual([]);
          words.add(errors[0]?.message ?? '');
        }
      },
    );
  });

  const actionsOf = (field: string): string[] => {
    const [type = '', name = ''] = field.split('.');
    const object = schema.getType(type);
    const { extensions } = (isObjectType(object) && object.getFields()[name]) || {};
    return (extensions?.['actions'] ?? []) as string[];
  };

  /** Also of the fields that are selected around it. */
  const neededFor = (field: string) => [
    ...actionsOf(field).slice(0, 1),
    ...Object.entries({
      'Hostname.': 'hostname.list',
      'HostnameCertificate.': 'hostname_certificate.list',
      'ZoneCertificate.': 'zone_certificate.list',
    })
      .filter(([type]) => field.startsWith(type))
      .map(([, action]) => action),
  ];

  describe.each(Object.keys(zoneFields))('%s', (field) => {
    const queryIn = (zone: string) => `{ zone(id: "${zone}") { ${zoneFields[field]} } }`;

    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'As %s in the %s zone',
      async (role, kind) => {
        stage.recorder.forget();
        const { errors } = await ask(stage.gateway, queryIn(zones[kind]), {}, of(role));

        if (neededFor(field).every((action) => isAllowed(role, action, kind))) {
          expect(errors).toEqual([]);
          expect(stage.recorder.exchanges.length > 0).toBe(field !== 'Zone.auditEvents');
        } else {
          expect(errors.length).toBeGreaterThan(0);
          for (const { extensions, message } of errors) {
            expect(extensions.code).toBe('FORBIDDEN');
            words.add(message);
          }
          if (role === 'nobody' || kind !== 'granted') expect(stage.recorder.exchanges).toEqual([]);
        }
      },
    );

    it('Is refused to who may read all but that', async () => {
      const [action] = actionsOf(field);
      const found = without.find(({ name }) => name === action);
      if (!found) return expect(action).toBe('audit.read');
      const { errors } = await ask(stage.gateway, queryIn(seededZone), {}, of(found.role));

      expect(errors.length).toBeGreaterThan(0);
      expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['FORBIDDEN']));
    });
  });

  describe.each(Object.entries(nodeKeys))('node() of what %s reads', (action, key) => {
    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'As %s in the %s zone',
      async (role, kind) => {
        stage.recorder.forget();
        const query = 'query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }';
        const id = `${zones[kind]}${key}`;
        const { data, errors } = await ask<{ node: object; nodes: object[] }>(
          stage.gateway,
          query,
          { id, ids: [id] },
          of(role),
        );

        if (isAllowed(role, action, kind)) {
          expect(errors).toEqual([]);
        } else {
          expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
          expect(data).toEqual({ node: null, nodes: [null] });
          expect(stage.recorder.exchanges).toEqual([]);
        }
      },
    );
  });

  describe('audit.search', () => {
    const search = '{ auditEvents(first: 1) { nodes { action } } }';

    it.each(roles)('Is refused to the role %s that is granted for one zone', async (role) => {
      const overGraphQL = await ask(stage.gateway, search, {}, of(role));
      const event = await ask(
        stage.gateway,
        '{ node(id: "-:audit_event:019a0000-0000-7000-8000-000000000000.intent") { id } }',
        {},
        of(role),
      );
      const reply = await overRest(role, 'audit.search', seededZone);

      expect({ status: reply.status, code: codeOf(reply) }).toEqual({ status: 403, code: 99011 });
      for (const { errors } of [overGraphQL, event])
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    });

    it('Is allowed to an auditor of all zones', async () => {
      const overGraphQL = await ask(stage.gateway, search, {}, of('all zones'));
      const reply = await overRest('all zones', 'audit.search', seededZone);

      expect(reply.status).toBe(200);
      expect(overGraphQL.errors).toEqual([]);
    });

    it('Shows the names of others in a zone to its auditor alone', async () => {
      await stage.ask('PUT', (await aUseOf('settings.update')).path, {
        headers: of('admin'),
        body: { enabled: true },
      });
      const actorsFor = async (role: string) => {
        const reply = await audit(`?zone=${seededZone}&action=settings.update&status=success`, role);
        const events = envelopeOf(reply).result as { actor: { id: string } }[];
        return new Set(events.map(({ actor }) => actor.id));
      };

      expect(await actorsFor('auditor')).toEqual(new Set(['test|admin']));
      expect(await actorsFor('admin')).toEqual(new Set(['test|admin']));
      expect([...(await actorsFor('viewer'))]).toEqual([expect.stringMatching(/^fp_/)]);
    });
  });

  it('Each refusal has the same words, whether or not the zone exists', () => {
    expect([...words]).toEqual([expect.stringMatching(/^You are not allowed to do this in this zone\./)]);
  });

  it('Each refused change is recorded as denied, with the actor', async () => {
    await eventually(async () => {
      const events = await stage.events();
      const denied = events.filter(({ stage }) => stage === 'denied');
      const recorded = new Set(
        denied.map(
          ({ actor, action, target }) => `${actor?.id?.replace('test|', '')} ${action} ${target?.zone_id}`,
        ),
      );
      return [...refusedChanges].every((change) => recorded.has(change)) || undefined;
    });
    expect(refusedChanges.size).toBe(
      changeNames.length * roles.length * 3 -
        roles.flatMap(
          (role) => allowedTo[role]?.filter((action) => changeNames.some((name) => name === action)) ?? [],
        ).length,
    );
  });

  it('Each field that has the extension `actions` is among those that were tried, and each built-in role', () => {
    const fields = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ extensions }) => extensions['actions'])
          .map(({ name }) => `${type.name}.${name}`),
      );

    expect(fields.filter((field) => field !== 'Query.auditEvents').sort()).toEqual(
      Object.keys(zoneFields).sort(),
    );
    for (const [role, allowed] of Object.entries(builtInRoles))
      expect([...allowed].sort()).toEqual([...(allowedTo[role] ?? [])].sort());
  });
});
