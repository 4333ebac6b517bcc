import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call, codeOf } from '../support/http/http.js';
import { bearer, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe('What GraphQL shows of itself', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  let closed: RunningGateway;
  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url });
    closed = await startGateway({
      upstream: sandbox.url,
      GRAPHQL_INTROSPECTION: false,
      GRAPHQL_PLAYGROUND: false,
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await closed?.close();
    await sandbox?.close();
  });
  const get = (path: string, headers = {}, method = 'GET', from = gateway) =>
    call(from.url + path, method, { headers });

  it('/schema.graphql is the schema of the repository, as text', async () => {
    const { status, headers, body } = await get('/schema.graphql');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(headers['cache-control']).toBe('no-cache');
    expect(body.toString()).toBe(readFileSync('schema.graphql', 'utf8'));
    expect(buildSchema(body.toString()).getQueryType()?.name).toBe('Query');
  });

  it('/schema.graphql is compressed, and each coding has an ETag of its own', async () => {
    const plain = await get('/schema.graphql');
    const small = await get('/schema.graphql', { 'accept-encoding': 'br' });
    expect(small.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(small.body)).toEqual(plain.body);
    expect(small.headers.etag).not.toBe(plain.headers.etag);
    for (const { headers } of [plain, small]) {
      expect(headers.vary).toBe('Accept-Encoding');
      const asked = {
        'if-none-match': headers.etag,
        'accept-encoding': headers['content-encoding'] ?? 'identity',
      };
      const again = await get('/schema.graphql', asked);
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
    }
  });

  it('HEAD /schema.graphql has the headers of GET and no body', async () => {
    const { headers: expected, body: whole } = await get('/schema.graphql');
    const { status, headers, body } = await get('/schema.graphql', {}, 'HEAD');
    expect([status, body.length, headers['content-length']]).toEqual([200, 0, String(whole.length)]);
    expect(headers).toMatchObject({ etag: expected.etag, 'content-type': expected['content-type'] });
  });

  it('Where introspection is off, /schema.graphql is an unknown path, and GET / does not name it', async () => {
    const refused = await get('/schema.graphql', {}, 'GET', closed);
    expect([refused.status, codeOf(refused)]).toEqual([400, 7003]);
    expect(JSON.parse((await get('/')).body.toString())).toMatchObject({ schema: '/schema.graphql' });
    expect(JSON.parse((await get('/', {}, 'GET', closed)).body.toString())).not.toHaveProperty('schema');
  });

  it.each(['/graphql', '/graphql?query=%7B__typename%7D'])(
    'Where the playground is off, a browser that opens %s gets a page that says how to switch it on',
    async (path) => {
      const { status, headers, body } = await get(path, browser, 'GET', closed);
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        vary: 'accept',
      });
      const page = body.toString();
      for (const text of ['GRAPHQL_PLAYGROUND=on', 'POST', 'application/json']) expect(page).toContain(text);
      expect(page).not.toMatch(/<script|<style|style=|\shref="(?!docs"|data:,)/);
    },
  );

  it('Where the playground is off, other clients get the answer of GraphQL', async () => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json', undefined]) {
      const headers = { ...bearer, ...(accept !== undefined && { accept }) };
      const query = await get('/graphql?query=%7B__typename%7D', headers, 'GET', closed);
      expect([query.status, JSON.parse(query.body.toString())]).toEqual([
        200,
        { data: { __typename: 'Query' } },
      ]);
      const nothing = await get('/graphql', headers, 'GET', closed);
      expect([nothing.status, nothing.headers['content-type']]).toEqual([
        400,
        expect.stringMatching(/^application\/(?:graphql-response\+)?json/),
      ]);
    }
    const slash = await get('/graphql/', browser, 'GET', closed);
    expect([slash.status, slash.headers.location]).toEqual([308, '../graphql']);
  });

  it.each(['text/event-stream', 'application/xml, text/plain;q=0.5', 'application/json;q=0'])(
    'An operation of a client that accepts only %s gets 406 with the types that are spoken, and changes nothing',
    async (accept) => {
      const before = await sandbox.calls();
      const mutation = `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: true }) { userErrors { code } } }`;
      for (const query of ['{ __typename }', mutation]) {
        const { status, body } = await call(`${gateway.url}/graphql`, 'POST', {
          headers: { ...bearer, accept },
          body: { query },
        });
        expect(status).toBe(406);
        const { errors } = JSON.parse(body.toString()) as { errors: { message: string }[] };
        expect(errors).toHaveLength(1);
        expect(errors[0]?.message).toContain('application/json; charset=utf-8');
        expect(errors[0]?.message).toContain('application/graphql-response+json; charset=utf-8');
        expect(errors[0]?.message).not.toContain('[removed]');
      }
      expect(await sandbox.calls()).toEqual(before);
    },
  );
});
