import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call, type CallOptions } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { anAssociation, bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
const inUrl = `?query=${encodeURIComponent(query)}`;
const api = (path: string) => `/client/v4${pathOf(path)}`;
const json = (body: unknown, headers: CallOptions['headers'] = bearer) => ({ headers, body });
const page = { headers: { accept: 'text/html' } };

type Case = [title: string, method: string, path: string, status: number, options?: CallOptions];

/** Answers for one caller or for one moment. */
const notStored: Case[] = [
  ['GET /health/live', 'GET', '/health/live', 200],
  ['GET /health/ready', 'GET', '/health/ready', 200],
  ['HEAD /health/ready', 'HEAD', '/health/ready', 200],
  ['A search of the audit log', 'GET', `/audit/events?zone=${seededZone}`, 200, { headers: bearer }],
  ['A GraphQL query', 'POST', '/graphql', 200, json({ query })],
  ['A GraphQL query in the URL', 'GET', `/graphql${inUrl}`, 200, { headers: bearer }],
  ['A GraphQL query with a field that fails', 'POST', '/graphql', 200, json({ query }, {})],
  ['A GraphQL query that is invalid', 'POST', '/graphql', 400, json({ query: '{ nothing }' })],
  ['A GraphQL query by GET without a preflight header', 'GET', `/graphql${inUrl}`, 400],
  ['The page of the playground', 'GET', '/graphql', 200, page],
];

/** Answers for one caller, who may revalidate them. A shared cache must not store them. */
const privateAndRevalidated: Case[] = [
  ['A read', 'GET', api('/settings'), 200, { headers: bearer }],
  ['A list', 'GET', api('/hostnames'), 200, { headers: bearer }],
  ['An unknown hostname', 'GET', api('/hostnames/nothing.example.com'), 404, { headers: bearer }],
  ['A change', 'PUT', api('/hostnames'), 200, json({ config: [anAssociation()] })],
  [
    'A GraphQL body that is not JSON',
    'POST',
    '/graphql',
    400,
    json('{', { 'content-type': 'application/json' }),
  ],
  ['A read without a credential', 'GET', api('/settings'), 400],
];

/** Answers for every caller, which are revalidated each time, since the next version may change them. */
const revalidated: Case[] = [
  ['The list of addresses at /', 'GET', '/', 200],
  ['The OpenAPI document', 'GET', '/openapi.json', 200],
  ['The API documentation', 'GET', '/docs', 200, page],
];

describe('Cache-Control', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: true });
  });
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
  });

  const cacheControlOf = async ([, method, path, status, options]: Case) => {
    const reply = await call(gateway.url + path, method, options);
    expect(reply.status).toBe(status);
    return reply.headers['cache-control'];
  };

  it.each(notStored)('%s has Cache-Control: no-store', async (...row) =>
    expect(await cacheControlOf(row)).toBe('no-store'),
  );

  it.each(privateAndRevalidated)('%s has Cache-Control: private, no-cache or no-store', async (...row) =>
    expect(await cacheControlOf(row)).toMatch(/^(private, no-cache|no-store)$/),
  );

  it.each(revalidated)('%s has Cache-Control: no-cache', async (...row) =>
    expect(await cacheControlOf(row)).toBe('no-cache'),
  );

  it.each([
    ['GET', '/metrics', 200],
    ['GET', '/metrics?name=up', 200],
    ['POST', '/metrics', 404],
    ['GET', '/nothing', 404],
  ])('%s %s of the metrics server has Cache-Control: no-store', async (method, path, status) => {
    const reply = await call(new URL(path, gateway.metricsUrl).href, method);
    expect([reply.status, reply.headers['cache-control']]).toEqual([status, 'no-store']);
  });

  it('The answer to a request that is not HTTP has Cache-Control: no-store', async () => {
    const { status, text } = await sendRaw(gateway.url, 'nothing like it\r\n\r\n');
    expect(status).toBe(400);
    expect(text.toLowerCase()).toContain('cache-control: no-store');
  });
});
