import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type RouteOptions } from 'fastify';
import { type GraphQLSchema, isObjectType } from 'graphql';
import { ruleOf } from '../../src/api/http/hooks/route-rules.js';
import { GatewayAdapter } from '../../src/api/http/server/adapter.js';
import { actions } from '../../src/gateway/access/actions.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { call } from '../support/http/http.js';

const allowed = 'https://app.example.com';

/** Who may use what is no operation, and why. */
const otherRoutes: Readonly<Record<string, 'anyone' | 'any caller'>> = {
  '/': 'anyone',
  '/health/live': 'anyone',
  '/health/ready': 'anyone',
  '/schema.graphql': 'anyone',
  '/openapi.json': 'anyone',
  '/graphql': 'any caller',
  '/v1/me': 'any caller',
  // Of preflights.
  '*': 'anyone',
};

/** Root fields that have no rule of their own. */
const withoutRule = {
  zone: 'shows the id that it is given; its fields have rules',
  node: 'is read by the resolver of the field that it stands for',
  nodes: 'as `node`',
  viewer: 'shows the caller to the caller',
};

describe('Every way in has a rule', () => {
  let stage: ManagedStage;
  let schema: GraphQLSchema;
  const routes: RouteOptions[] = [];

  beforeAll(async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const init = GatewayAdapter.prototype.init;
    jest.spyOn(GatewayAdapter.prototype, 'init').mockImplementation(function (this: GatewayAdapter) {
      this.getInstance().addHook('onRoute', (route) => void routes.push(route));
      return init.call(this);
    });
    stage = await startManagedStage({}, { CORS_ORIGINS: new Set([allowed]) });
    jest.restoreAllMocks();
    schema = stage.gateway.app.get(GraphQLSchemaHost, { strict: false }).schema;
  });

  afterAll(async () => await stage?.[Symbol.asyncDispose]());

  const ruleOfRoute = ({ method, url, config }: RouteOptions) =>
    ruleOf({ method, url, config: config ?? {} } as unknown as Parameters<typeof ruleOf>[0]);

  it('Every route has the rule of its operation, or is named here', () => {
    const found = routes.map((route) => [route.url, ruleOfRoute(route)] as const);
    const ofPages = /^\/docs(?:\/|$)|^\/graphql\/playground\//;
    const unknown = found.filter(
      ([url, rule]) =>
        !actions.some((action) => action === rule) &&
        !(url in otherRoutes && otherRoutes[url] === rule) &&
        !(ofPages.test(url) && rule === 'anyone'),
    );

    expect(unknown).toEqual([]);
    expect(new Set(found.map(([, rule]) => rule))).toEqual(
      new Set([...actions.filter((action) => action !== 'audit.search'), 'anyone', 'any caller']),
    );
  });

  it('Without a token every route that is not for anyone answers 401, with each of its methods', async () => {
    for (const route of routes) {
      const rule = ruleOfRoute(route);
      for (const method of [route.method].flat()) {
        const path = route.url.replace('*', 'x').replaceAll(/:\w+/g, '0'.repeat(32));
        const reply = await call(`${stage.gateway.url}/${path.replace(/^\//, '')}`, method);
        const told = { method, path, isRefused: reply.status === 401 };
        expect(reply.status).not.toBe(500);
        const header = reply.headers['www-authenticate'];

        expect(told).toEqual({ method, path, isRefused: rule !== 'anyone' });
        if (rule !== 'anyone') expect(header).toMatch(/^Bearer realm=/);
      }
    }
    expect(stage.recorder.exchanges).toEqual([]);
  });

  it('Every root field, every mutation and every field that costs a call has a rule', () => {
    const fields = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => ({
          of: type.name,
          name: field.name,
          extensions: field.extensions,
        })),
      );
    const isOfRule = (words: unknown) =>
      Array.isArray(words) && words.length > 0 && words.every((word) => actions.includes(word as never));

    const queries = fields.filter(({ of, name }) => of === 'Query' && !(name in withoutRule));
    const mutations = fields.filter(({ of }) => of === 'Mutation');
    const costly = fields.filter(
      ({ of, name, extensions }) =>
        extensions['costsUpstreamCall'] && !(of === 'Query' && name in withoutRule),
    );

    expect(queries.filter(({ extensions }) => !isOfRule(extensions['actions']))).toEqual([]);
    expect(mutations.filter(({ extensions }) => !isOfRule([extensions['operation']]))).toEqual([]);
    expect(costly.filter(({ extensions }) => !isOfRule(extensions['actions']))).toEqual([]);
    expect(mutations).toHaveLength(7);
    expect(costly.length).toBeGreaterThan(10);
    expect(schema.getSubscriptionType()).toBeUndefined();
  });

  it('A browser asks before it calls, without a token, for a page of an allowed origin alone', async () => {
    const path = `${stage.gateway.base}/zones/${'0'.repeat(32)}/origin_tls_client_auth/settings`;
    const preflight = (origin: string, url = path) =>
      call(url, 'OPTIONS', {
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'authorization,content-type',
        },
      });

    for (const url of [path, `${stage.gateway.url}/graphql`, `${stage.gateway.url}/v1/me`]) {
      const reply = await preflight(allowed, url);
      expect(reply.status).toBe(204);
      expect(reply.headers).toMatchObject({
        'access-control-allow-origin': allowed,
        'access-control-allow-headers': 'authorization,content-type',
      });
    }
    const stranger = await preflight('https://evil.example');
    expect(stranger.headers['access-control-allow-origin']).toBeUndefined();
    const refused = await call(path, 'GET', { headers: { origin: allowed } });
    expect(refused).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': allowed } });
  });

  it('The page of GraphQL is for anyone, and executes nothing', async () => {
    const query = encodeURIComponent('{ viewer { actor } __typename }');
    const reply = await call(`${stage.gateway.url}/graphql?query=${query}`, 'GET', {
      headers: { accept: 'text/html' },
    });

    expect(reply.headers['content-type']).toContain('text/html');
    expect(reply.body.toString()).not.toContain('"__typename":"Query"');
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'QUERY'])
      expect(
        (
          await call(`${stage.gateway.url}/graphql?query=${query}`, method, {
            headers: { accept: 'text/html' },
          })
        ).status,
      ).toBeGreaterThanOrEqual(400);
  });
});
