import { describe, expect, it } from '@jest/globals';
import { searchReply } from '../support/audit/audit-events.js';
import { success } from '../support/upstream/mocked-answers.js';
import { type MockedAudit, startMockedAudit } from '../support/audit/mocked-audit.js';
import { apiKey, bearer, email, pathOf, seededZone } from '../support/http/requests.js';

const answers = { 'PUT /settings': success({ enabled: true }) };
const byKey = { 'x-auth-email': email, 'x-auth-key': apiKey };

/** The address that a change is recorded with, and what another caller is shown of it. */
async function addressOf(audit: MockedAudit, host: string): Promise<{ recorded: unknown; shown: unknown }> {
  const { port } = new URL(audit.gateway.url);
  const reply = await fetch(`http://${host}:${port}/client/v4${pathOf('/settings')}`, {
    method: 'PUT',
    headers: { ...bearer, 'content-type': 'application/json' },
    body: JSON.stringify({ enabled: true }),
  });
  expect(reply.status).toBe(200);
  const url = `http://127.0.0.1:${port}`;
  const { body } = await searchReply({ url }, `zone=${seededZone}&action=settings.update&limit=1`, byKey);
  const { result } = JSON.parse(body.toString()) as { result: { actor: { ip: string } }[] };
  return { recorded: (await audit.only('outcome')).actor?.ip, shown: result[0]?.actor.ip };
}

describe('Addresses of callers in the audit log', () => {
  it('A record has the same IPv4 address whether HOST is 127.0.0.1 or ::', async () => {
    await using dual = await startMockedAudit(answers, { HOST: '::' });
    const overBoth = await addressOf(dual, '127.0.0.1');
    await using single = await startMockedAudit(answers, { HOST: '127.0.0.1', KEYS_FILE: dual.keysFile });
    const overOne = await addressOf(single, '127.0.0.1');
    expect(overBoth.recorded).toBe('127.0.0.1');
    expect(overBoth.shown).toMatch(/^fp_/);
    expect(overOne).toEqual(overBoth);
  });

  it('A record has the IPv6 address of a caller that connects over IPv6', async () => {
    await using dual = await startMockedAudit(answers, { HOST: '::' });
    expect((await addressOf(dual, '[::1]')).recorded).toBe('::1');
  });
});
