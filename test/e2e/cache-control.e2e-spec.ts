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

/** What is true of one caller, or for one moment. */
const notKept: Case[] = [
  ['whether it lives', 'GET', '/health/live', 200],
  ['whether it is ready', 'GET', '/health/ready', 200],
  ['the same, by HEAD', 'HEAD', '/health/ready', 200],
  ['a search of the audit log', 'GET', `/audit/events?zone=${seededZone}`, 200, { headers: bearer }],
  ['a GraphQL query', 'POST', '/graphql', 200, json({ query })],
  ['a GraphQL query in the URL', 'GET', `/graphql${inUrl}`, 200, { headers: bearer }],
  ['a GraphQL query whose field fails', 'POST', '/graphql', 200, json({ query }, {})],
  ['a GraphQL query that is refused', 'POST', '/graphql', 400, json({ query: '{ nothing }' })],
  ['a GraphQL query that another page may have sent', 'GET', `/graphql${inUrl}`, 400],
  ['the page of the playground', 'GET', '/graphql', 200, page],
];

/** Of one caller, who may ask whether it still holds; a cache in front may not keep it for another. */
const ownAndChecked: Case[] = [
  ['a read', 'GET', api('/settings'), 200, { headers: bearer }],
  ['a list', 'GET', api('/hostnames'), 200, { headers: bearer }],
  ['what is not there', 'GET', api('/hostnames/nothing.example.com'), 404, { headers: bearer }],
  ['a change', 'PUT', api('/hostnames'), 200, json({ config: [anAssociation()] })],
  [
    'a GraphQL body that is no JSON',
    'POST',
    '/graphql',
    400,
    json('{', { 'content-type': 'application/json' }),
  ],
  ['a read without a credential', 'GET', api('/settings'), 400],
];

/** The same for every caller; checked each time, since the next version may have another. */
const checked: Case[] = [
  ['where to go', 'GET', '/', 200],
  ['the description of the routes', 'GET', '/openapi.json', 200],
  ['the documentation', 'GET', '/docs', 200, page],
];

describe('Caches in front are told of', () => {
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

  const told = async ([, method, path, status, options]: Case) => {
    const reply = await call(gateway.url + path, method, options);
    expect(reply.status).toBe(status);
    return reply.headers['cache-control'];
  };

  it.each(notKept)('%s, that it is not kept', async (...row) => expect(await told(row)).toBe('no-store'));

  it.each(ownAndChecked)('%s, that it is one caller’s, and checked each time', async (...row) =>
    expect(await told(row)).toMatch(/^(private, no-cache|no-store)$/),
  );

  it.each(checked)('%s, that it is checked each time', async (...row) =>
    expect(await told(row)).toBe('no-cache'),
  );

  it.each([
    ['GET', '/metrics', 200],
    ['GET', '/metrics?name=up', 200],
    ['POST', '/metrics', 404],
    ['GET', '/nothing', 404],
  ])('the metrics, that they are not kept: %s %s', async (method, path, status) => {
    const reply = await call(new URL(path, gateway.metricsUrl).href, method);
    expect([reply.status, reply.headers['cache-control']]).toEqual([status, 'no-store']);
  });

  it('a request that is no HTTP, that the answer is not kept', async () => {
    const { status, text } = await sendRaw(gateway.url, 'nothing like it\r\n\r\n');
    expect(status).toBe(400);
    expect(text.toLowerCase()).toContain('cache-control: no-store');
  });
});
