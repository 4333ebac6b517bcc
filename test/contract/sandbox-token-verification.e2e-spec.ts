import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelopeOf, call, type Reply } from '../support/http/http.js';
import { apiKey, bearer, email, pathOf, token } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

describe('Verification of tokens by the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => void (sandbox = await startSandbox()));
  afterAll(() => sandbox?.close());

  const verify = (headers: Record<string, string>): Promise<Reply> =>
    call(`${sandbox.url}/user/tokens/verify`, 'GET', { headers });
  const of = (name: string) => ({ authorization: `Bearer ${name}` });

  it('The sandbox answers the id of a token, the same each time, and counts the call', async () => {
    await sandbox.reset();
    const [first, second, other] = [
      await verify(bearer),
      await verify(bearer),
      await verify(of('sandbox-token-read-only')),
    ];
    expect(envelopeOf(first)).toEqual({
      success: true,
      errors: [],
      messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
      result: { id: expect.stringMatching(/^[0-9a-f]{32}$/), status: 'active' },
    });
    expect(envelopeOf(second)).toEqual(envelopeOf(first));
    expect(envelopeOf(other).result).not.toEqual(envelopeOf(first).result);
    expect([await sandbox.verifications(), await sandbox.calls()]).toEqual([3, {}]);
    const counts = (await (await fetch(new URL('/__sandbox/calls', sandbox.url))).json()) as object;
    expect(counts).toEqual({ 'token.verify': 3 });
  });

  it.each([
    ['a token that an account owns', of(`${token}-account1`), 401, 1000],
    ['an unknown token', of('some-other-token'), 401, 1000],
    ['a malformed token', { authorization: 'Bearer' }, 400, 6003],
    ['an e-mail address and a key', { 'x-auth-email': email, 'x-auth-key': apiKey }, 400, 1001],
    ['no credential', {}, 400, 1001],
  ])('The sandbox refuses %s', async (_, headers, status, code) => {
    const reply = await verify(headers);
    expect([reply.status, envelopeOf(reply).errors[0]?.code]).toEqual([status, code]);
  });

  it('A token that an account owns reads and changes zones', async () => {
    const headers = of(`${token}-account1`);
    const settings = sandbox.url + pathOf('/settings');
    expect((await call(settings, 'GET', { headers })).status).toBe(200);
    expect((await call(settings, 'PUT', { headers, body: { enabled: true } })).status).toBe(200);
  });

  it('A fault meets a verification only if it names it', async () => {
    await sandbox.faults({ rules: [{ count: 1, action: { status: 500 } }] });
    expect((await verify(bearer)).status).toBe(200);
    await sandbox.faults({ rules: [{ operation: 'token.verify', action: { status: 503 } }] });
    expect((await verify(bearer)).status).toBe(503);
    expect((await call(sandbox.url + pathOf('/settings'), 'GET', { headers: bearer })).status).toBe(200);
  });
});
