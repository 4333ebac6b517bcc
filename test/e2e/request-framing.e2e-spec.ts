import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '../support/graphql/graphql.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { codeOf } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const settings = `/client/v4${pathOf('/settings')}`;
const json = 'Content-Type: application/json\r\n';
const close = 'Connection: close\r\n';
const token = `Authorization: ${bearer.authorization}\r\n`;
const health = 'GET /health/live HTTP/1.1\r\n';
const put = (headers: string, body = '', version = '1.1') =>
  `PUT ${settings} HTTP/${version}\r\nHost: x\r\n${token}${json}${headers}\r\n${body}`;
const read = (headers: string) => `GET ${settings} HTTP/1.1\r\nHost: x\r\n${headers}${close}\r\n`;

describe('Ambiguous requests', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url });
  });
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
  });

  /** The connection has to be closed by the gateway: `sendRaw` waits for it. */
  const refusalOf = async (bytes: string) => {
    const { status, text } = await sendRaw(gateway.url, bytes);
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
    expect(text).toMatch(/\r\nx-request-id: \S+\r\n/i);
    expect(text).toMatch(/\r\ncontent-type: application\/json\r\n/i);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    const body = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4));
    return { status, code: codeOf({ body }), body: body.toString() };
  };

  const another = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
  it.each([
    ['two Host headers', `${health}Host: x\r\nHost: y\r\n\r\n`],
    ['two equal Host headers', `${health}Host: x\r\nHost: x\r\n\r\n`],
    ['an empty Host header before another', `${health}Host:\r\nHost: x\r\n\r\n`],
    ['no Host header', `${health}\r\n`],
    ['a user in the Host header', `${health}Host: user@x\r\n\r\n`],
    ['a path in the Host header', `${health}Host: x/y\r\n\r\n`],
    ['a list in the Host header', `${health}Host: x,y\r\n\r\n`],
    ['a target of another host', `GET http://other/health/live HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['HTTP/2.0', `GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n`],
    ['HTTP/0.9', `GET /health/live HTTP/0.9\r\nHost: x\r\n\r\n`],
    ['HTTP/1.2', `GET /health/live HTTP/1.2\r\nHost: x\r\n\r\n`],
    [
      'chunks over HTTP/1.0',
      put('Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${another}`, '1.0'),
    ],
    ['an unknown transfer encoding', put('Transfer-Encoding: gzip\r\n', `0\r\n\r\n${another}`)],
    [
      'the transfer encodings gzip and chunked',
      put('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${another}`),
    ],
    ['chunks twice', put('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['a length and chunks', put('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['two lengths', put('Content-Length: 2\r\nContent-Length: 2\r\n', '{}')],
    ['a list of lengths', put('Content-Length: 2, 2\r\n', '{}')],
    ['a length with a sign', put('Content-Length: +2\r\n', '{}')],
    ['a folded header', `${health}Host: x\r\nX-Note: a\r\n Host: y\r\n\r\n`],
    ['a space before the colon', `${health}Host : x\r\n\r\n`],
  ])('A request with %s answers 400 and closes the connection', async (_name, bytes) => {
    expect(await refusalOf(bytes)).toMatchObject({ status: 400, code: 99006 });
  });

  it.each(['banana', '100-continue, banana'])(
    'Expect: %s answers 417 and closes the connection',
    async (expected) => {
      const bytes = `${health}Host: x\r\nExpect: ${expected}\r\n\r\n`;
      expect(await refusalOf(bytes)).toMatchObject({ status: 417, code: 99006 });
    },
  );

  it('An HTTP/1.0 request without Host, with an unknown Expect, answers 200', async () => {
    const { status } = await sendRaw(gateway.url, 'GET /health/live HTTP/1.0\r\nExpect: banana\r\n\r\n');
    expect(status).toBe(200);
  });

  it('The gateway sends 100 Continue for an acceptable body alone', async () => {
    const body = '{"enabled":true}';
    const expecting = (length: number, type = json) =>
      `PUT ${settings} HTTP/1.1\r\nHost: x\r\n${token}${type}${close}Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const { text } = await sendRaw(gateway.url, expecting(body.length) + body);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect((await sendRaw(gateway.url, expecting(1_000_000))).text).toMatch(/^HTTP\/1\.1 413 /);
    const text415 = (await sendRaw(gateway.url, expecting(20, 'Content-Type: text/plain\r\n'))).text;
    expect(text415).toMatch(/^HTTP\/1\.1 415 /);
  });

  const key = 'X-Auth-Key: 144c9defac04969c7bfad8efaa8ea194\r\n';
  const email = 'X-Auth-Email: user@example.com\r\n';
  it.each([
    ['two Authorization headers', `${token}Authorization: Bearer other\r\n`, 6111],
    ['two equal Authorization headers', token + token, 6111],
    ['an empty Authorization header before another', `Authorization:\r\n${token}`, 6111],
    ['an empty Authorization header after another', `${token}Authorization:\r\n`, 6111],
    ['a list of two tokens', 'Authorization: Bearer a, Bearer b\r\n', 6111],
    ['a tab before the token', `Authorization: Bearer\t${bearer.authorization.slice(7)}\r\n`, 6111],
    ['two Authorization headers and a key', token + token + email + key, 6111],
    ['two addresses', email + email + key, 6102],
    ['two keys', email + key + key, 6103],
    ['an empty key before another', `${email}X-Auth-Key:\r\n${key}`, 6103],
  ])('A request with %s as its credential answers 400 with code 6003', async (_name, headers, reason) => {
    const before = await sandbox.calls();
    const { status, code, body } = await refusalOf(read(headers));
    expect({ status, code }).toEqual({ status: 400, code: 6003 });
    expect(JSON.parse(body)).toMatchObject({ errors: [{ error_chain: [{ code: reason }] }] });
    expect(await sandbox.calls()).toEqual(before);
  });

  it('GraphQL answers UNAUTHENTICATED to two Authorization headers', async () => {
    const query = `{ zone(id: "${pathOf('').split('/')[2]}") { settings { enabled } } }`;
    const twice = [bearer.authorization, 'Bearer other'] as unknown as string;
    const { errors } = await ask(gateway, query, {}, { authorization: twice });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  });

  it('Garbage after a request does not take the answer of the request', async () => {
    await sandbox.faults({ latencyMs: 300 });
    const body = '{"enabled":true}';
    const { text } = await sendRaw(
      gateway.url,
      `${put(`Content-Length: ${body.length}\r\n`, body)}GARBAGE\r\n\r\n`,
    );
    await sandbox.faults();
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });
});
