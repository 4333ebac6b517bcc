import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox, type RunningSandbox } from '../support/upstream/sandbox.js';
import { codes, SandboxClient, SEEDED_ZONE } from './sandbox-client.js';
import { refusalCases, slow } from './sandbox-refusal-cases.js';

let sandbox: RunningSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await startSandbox(slow);
});
beforeEach(async () => {
  await sandbox.reset();
  client = new SandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

describe('Refusals', () => {
  it.each(refusalCases)(
    'The sandbox refuses $name with status $status and code $code',
    async ({ status, code, message, without = [], refuse }) => {
      const answer = await refuse(client, sandbox);
      expect(answer.status).toBe(status);
      expect(answer.body.success).toBe(false);
      expect(answer.body.errors[0]).toMatchObject({ code, message: expect.stringContaining(message) });
      const members = ['success', 'errors', 'messages', 'result'];
      expect(Object.keys(answer.body)).toEqual(
        members.filter((each) => !without.some((not) => not === each)),
      );
      expect(answer.headers.get('x-sandbox')).toBe('not Cloudflare');
      expect(answer.headers.get('cf-ray')).toMatch(/^[0-9a-f]{16}-SBX$/);
    },
  );
});

describe('Credentials', () => {
  const ask = (headers: Record<string, string>) => client.send({ headers });
  const key = { 'x-auth-email': 'user@example.com', 'x-auth-key': '144c9defac04969c7bfad8efaa8ea194' };

  it('The sandbox accepts an e-mail and a key, of the form that Terraform takes and of 0.1.0', async () => {
    const longKey = '144c9defac04969c7bfad8efaa8ea19400000';
    expect(longKey).toMatch(/^.{37,60}$/);
    for (const apiKey of [longKey, key['x-auth-key']]) {
      expect((await ask({ ...key, 'x-auth-key': apiKey })).status).toBe(200);
      expect(codes(await ask({ 'x-auth-email': 'other@example.com', 'x-auth-key': apiKey }))).toEqual([9103]);
    }
  });

  it.each([
    ['sandbox-token-that-may-read-and-may-write', 200],
    ['sandbox-token-that-may-read-but-not-write', 403],
  ])('The sandbox accepts %s, of the form that Terraform takes; a change gets %d', async (token, status) => {
    expect(token).toMatch(/^[0-9A-Za-z\-_]{40,80}$/);
    await expectRights(token, status);
    await expectRights(`${token}-another1`, status);
  });

  it.each([
    ['sandbox-token-read-write', 200],
    ['sandbox-token-read-only', 403],
  ])('The sandbox accepts %s, of 0.1.0; a change gets %d', async (token, status) => {
    await expectRights(token, status);
    await expectRights(`${token}-another1`, status);
  });

  it.each([
    'sandbox-token-that-may-read-and-may-writ',
    'sandbox-token-that-may-read-and-may-write-',
    'sandbox-token-that-may-read-and-may-write-two-parts',
    'sandbox-token-that-may-read-and-may-writeanother1',
    'xsandbox-token-read-write',
    '144c9defac04969c7bfad8efaa8ea19400000',
  ])('The sandbox does not know the token %s', async (token) => {
    expect(codes(await ask({ authorization: `Bearer ${token}` }))).toEqual([10000]);
  });

  it('The token counts where a token and a key are sent', async () => {
    expect(codes(await ask({ ...key, authorization: 'Bearer some-other-token' }))).toEqual([10000]);
  });

  it('Credentials are missing where an e-mail or a key is sent alone', async () => {
    expect(codes(await ask({ 'x-auth-email': key['x-auth-email'] }))).toEqual([9106]);
    expect(codes(await ask({ 'x-auth-key': key['x-auth-key'] }))).toEqual([9106]);
  });

  it('The error names each malformed header', async () => {
    const token = await ask({ authorization: 'Bearer' });
    expect(token.body.errors[0]?.error_chain).toEqual([
      { code: 6111, message: 'Invalid format for Authorization header' },
    ]);
    const both = await ask({ 'x-auth-email': 'nobody', 'x-auth-key': 'sandbox-token-read-write' });
    expect(both.body.errors[0]?.error_chain).toEqual([
      { code: 6102, message: 'Invalid format for X-Auth-Email header' },
      { code: 6103, message: 'Invalid format for X-Auth-Key header' },
    ]);
  });

  it.each([
    ['cfk_', `cfk_${'aZ3-_'.repeat(8)}01234567`],
    ['37 digits', 'c'.repeat(37)],
    ['45 digits', 'c'.repeat(45)],
    ['60 digits', 'c'.repeat(60)],
  ])('A key of the form %s is unknown, not malformed', async (_form, apiKey) => {
    expect(codes(await ask({ ...key, 'x-auth-key': apiKey }))).toEqual([9103]);
  });

  it.each([
    ['no digits behind cfk_', 'cfk_'],
    ['31 digits', 'c'.repeat(31)],
    ['61 digits', 'c'.repeat(61)],
  ])('A key of the form %s is malformed', async (_form, apiKey) => {
    expect(codes(await ask({ ...key, 'x-auth-key': apiKey }))).toEqual([6003]);
  });

  it('The sandbox checks the path before the credentials, as Cloudflare does', async () => {
    expect(codes(await client.send({ path: '/x', headers: {} }))).toEqual([7003, 7000]);
  });

  async function expectRights(token: string, changes: number): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(headers)).status).toBe(200);
    const change = { method: 'PUT' as const, path: '/settings', body: { enabled: true }, headers };
    expect((await client.send(change)).status).toBe(changes);
  }
});

describe('Hostile requests', () => {
  const long = 'a'.repeat(9_000);

  it.each([
    ['bad percent-encoding', '/hostnames/%zz', 400, [7003, 7000]],
    ['an encoded NUL', '/hostnames/%00', 400, [7003, 7000]],
    ['an encoded slash', '/hostnames/a%2Fb', 400, [7003, 7000]],
    ['a too long name', `/hostnames/${long}`, 400, [7003, 7000]],
    ['a too long id', `/${long}`, 400, [7003, 7000]],
    ['an empty id', '/', 400, [7003, 7000]],
    ['too many segments', '/a/b/c/d', 400, [7003, 7000]],
  ])('A path with %s gets an envelope', async (_name, path, status, expected) => {
    const answer = await client.send({ path });
    expect(answer.status).toBe(status);
    expect(codes(answer)).toEqual(expected);
    expect(answer.headers.get('x-sandbox')).toBe('not Cloudflare');
  });

  it.each([
    ['a NUL in the path', 'GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${long.repeat(3)}\r\n\r\n`, 431],
    ['bytes that are not HTTP', '\x16\x03\x01\r\n\r\n', 400],
  ])('A request with %s gets an envelope, and the connection is closed', async (_name, bytes, status) => {
    const text = await raw(bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('x-sandbox: not Cloudflare');
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ success: false });
  });

  it('A method without a route gets the answer of an unknown path', async () => {
    const url = `${sandbox.url}/zones/${SEEDED_ZONE}/origin_tls_client_auth/settings`;
    for (const method of ['PATCH', 'HEAD', 'OPTIONS']) {
      expect((await fetch(url, { method })).status).toBe(400);
    }
  });

  async function raw(bytes: string): Promise<string> {
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    socket.write(bytes, 'latin1');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  }
});
