import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApolloServer } from '@apollo/server';
import pino from 'pino';
import { ReadPipeline } from '../../src/gateway/pipeline/read.pipeline.js';
import { WholeReads } from '../../src/gateway/pipeline/whole-reads.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import { eventually } from '../support/basics/eventually.js';
import { longLifetimes } from '../support/cache/caching.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const settings = `/client/v4${pathOf('/settings')}`;
const known = JSON.stringify({ query: `{ zone(id: "${seededZone}") { settings { enabled } } }` });
const enabled = '{"data":{"zone":{"settings":{"enabled":true}}}}';

const head = (more: string) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\n${more}\r\n`;
const jsonType = 'Content-Type: application/json\r\n';
const lengthOf = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n`;
const close = 'Connection: close\r\n';

describe('Answers before the router', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  const lines: Record<string, unknown>[] = [];
  let whole: jest.SpiedFunction<WholeReads['count']>;
  beforeAll(async () => {
    sandbox = await startSandbox();
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as never) });
    gateway = await startGateway({ upstream: sandbox.url, ...longLifetimes, log });
    for (let round = 0; round < 2; round += 1) {
      expect((await call(gateway.url + settings, 'GET', { headers: bearer })).status).toBe(200);
      const reply = await call(`${gateway.url}/graphql`, 'POST', {
        headers: { ...bearer, 'content-type': 'application/json' },
        body: known,
      });
      expect(reply.body.toString().trim()).toBe(enabled);
    }
  });
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
  });
  beforeEach(() => {
    lines.length = 0;
    whole = jest.spyOn(WholeReads.prototype, 'count');
  });
  afterEach(() => void jest.restoreAllMocks());

  /** Sends each piece in a packet of its own. Resolves to what came until the gateway closed the connection. */
  const send = async (pieces: readonly string[], { hangUp = false } = {}): Promise<string> => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    const closed = new Promise<void>((resolve, reject) =>
      socket.on('close', () => resolve()).on('error', reject),
    );
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(20);
    }
    if (hangUp) socket.destroy();
    await Promise.race([
      closed,
      sleep(5000, undefined, { ref: false }).then(() => Promise.reject(new Error(`Not closed: ${text}`))),
    ]);
    return text;
  };
  const request = (body: string, more = '') => head(jsonType + lengthOf(body) + close + more);

  it.each([
    ['in one packet', [request(known) + known]],
    ['after its headers', [request(known), known]],
    ['in pieces', [request(known), known.slice(0, 5), known.slice(5, 20), known.slice(20)]],
    ['half with its headers', [request(known) + known.slice(0, 9), known.slice(9)]],
  ])('A kept query whose body comes %s is answered whole', async (_, pieces) => {
    const text = await send(pieces);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain(enabled);
    expect(whole).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['in one packet', (body: string) => [request(body) + body]],
    ['after its headers', (body: string) => [request(body), body]],
    ['in pieces', (body: string) => [request(body), body.slice(0, 5), body.slice(5)]],
  ])('A new query whose body comes %s is executed', async (name, piecesOf) => {
    const body = JSON.stringify({
      query: `{ zone(id: "${seededZone}") { settings { enabled } } } # ${name}`,
    });
    const text = await send(piecesOf(body));
    expect(text).toContain(enabled);
    expect(whole).not.toHaveBeenCalled();
  });

  it('Queries that are sent without waiting for answers are answered in their order', async () => {
    const other = JSON.stringify({ query: `{ zone(id: "${seededZone}") { id } }` });
    const open = (body: string) => head(jsonType + lengthOf(body)) + body;
    const text = await send([open(known) + open(other) + open(known) + request(other) + other]);
    const bodies = text.split(/\r\n\r\n|\n(?=HTTP)/).filter((part) => part.startsWith('{'));
    const id = `{"data":{"zone":{"id":"${seededZone}"}}}`;
    expect(bodies.map((body) => body.trim())).toEqual([enabled, id, enabled, id]);
    expect(whole).toHaveBeenCalledTimes(2);
  });

  it('An operation for which Apollo fails is answered 500 without the reason, and is logged', async () => {
    const reason = 'a defect';
    jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest').mockRejectedValueOnce(new Error(reason));
    const body = JSON.stringify({ query: '{ __typename }' });
    const answer = await send([head(jsonType + lengthOf(body) + close) + body]);
    expect(answer).toMatch(/^HTTP\/1\.1 500 /);
    expect(answer).toContain('"message":"The gateway failed."');
    expect(answer).not.toContain(reason);
    const { requestId } = lines.find(({ msg }) => msg === 'request failed') ?? {};
    expect(answer).toContain(`"requestId":"${String(requestId)}"`);
    expect(answer).toContain(`x-request-id: ${String(requestId)}`);
  });

  it('The answer to an operation that began before the process drains closes its connection', async () => {
    const readiness = gateway.app.get(Readiness);
    await sandbox.faults({ latencyMs: 300 });
    const body = JSON.stringify({
      query: `{ zone(id: "${seededZone}") { certificates { id: cloudflareId } } }`,
    });
    const answering = send([head(jsonType + lengthOf(body)) + body]);
    await sleep(100);
    readiness.state = 'draining';
    try {
      const answer = await answering;
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
    } finally {
      readiness.state = 'ready';
      await sandbox.faults();
    }
    // What is kept as a whole has no header of that one answer.
    expect(
      await send([head(jsonType + lengthOf(body)) + body + head(jsonType + lengthOf(body) + close) + body]),
    ).toMatch(/^HTTP\/1\.1 200 (?:(?!connection: close)[^])*HTTP\/1\.1 200 /i);
  });

  it('A client that waits for 100 Continue gets it, and the answer', async () => {
    const text = await send([request(known, 'Expect: 100-continue\r\n'), known]);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(text).toContain(enabled);
  });

  it('A body in chunks is answered', async () => {
    const chunked = `${known.length.toString(16)}\r\n${known}\r\n0\r\n\r\n`;
    const text = await send([head(`${jsonType}${close}Transfer-Encoding: chunked\r\n`) + chunked]);
    expect(text).toContain(enabled);
  });

  it.each([
    ['another content type', head(`Content-Type: text/plain\r\n${lengthOf(known)}${close}`) + known, 415],
    ['no content type', head(lengthOf(known) + close) + known, 415],
    ['a body that is cut off', request(known.slice(1)) + known.slice(1), 400],
    ['a body over the limit', request('x'.repeat(70_000)) + 'x'.repeat(70_000), 413],
    ['no credential', (request(known) + known).replace(/Authorization.*\r\n/, ''), 200],
    ['two Host headers', request(known, 'Host: y\r\n') + known, 400],
  ])('A kept query with %s gets no whole answer', async (_, bytes, status) => {
    const text = await send([bytes]);
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).not.toContain(enabled);
    expect(whole).not.toHaveBeenCalled();
  });

  it('A caller that disconnects within a body is logged once, as 499', async () => {
    await send([request(known), known.slice(0, 10)], { hangUp: true });
    await eventually(() => Promise.resolve(lines.some(({ msg }) => msg === 'request') || undefined));
    await sleep(50);
    const logged = lines.filter(({ msg }) => msg === 'request').map(({ status }) => status);
    expect(logged).toEqual([499]);
  });

  it('A kept read over REST is answered to GET and HEAD, with the headers of the router', async () => {
    const kept = jest.spyOn(ReadPipeline.prototype, 'kept');
    const early = await call(gateway.url + settings, 'GET', { headers: bearer });
    const headOnly = await call(gateway.url + settings, 'HEAD', { headers: bearer });
    expect(kept.mock.results.map(({ value }) => value !== null)).toEqual([true, true]);
    // The router has not seen this URL.
    const routed = await call(`${gateway.url}${settings}?`, 'GET', { headers: bearer });
    const { 'x-request-id': id, date, age, 'cache-status': status, ...headers } = early.headers;
    expect(routed.headers).toMatchObject(headers);
    expect(Object.keys(routed.headers).sort()).toEqual(Object.keys(early.headers).sort());
    expect(status).toMatch(/^origin-pulls-gateway; hit; ttl=\d+$/);
    expect([id, date, age].every(Boolean)).toBe(true);
    expect(routed.body).toEqual(early.body);
    expect(headOnly.body).toHaveLength(0);
    expect(headOnly.headers['content-length']).toBe(String(early.body.length));
  });

  it('A change of a known URL reaches its handler', async () => {
    const reply = await call(gateway.url + settings, 'PUT', { headers: bearer, body: { enabled: true } });
    expect(reply.status).toBe(200);
    expect(lines.filter(({ msg }) => msg === 'request')).toMatchObject([{ method: 'PUT', status: 200 }]);
  });
});
