import { describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { addressRangesSchema } from '../../src/platform/config/lists.js';
import { startMockedAudit } from '../support/audit/mocked-audit.js';
import { ask } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { success } from '../support/upstream/mocked-answers.js';

const path = `/client/v4${pathOf('/settings')}`;
const answers = { 'GET /settings': success({ enabled: true }), 'PUT /settings': success({ enabled: true }) };

/** A gateway that trusts these proxies; its log and its audit log. */
async function aGateway(proxies: string | undefined) {
  const lines: { ip?: string; method?: string; msg: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as never) });
  const trusted = proxies === undefined ? {} : { TRUSTED_PROXIES: addressRangesSchema.parse(proxies) };
  const audit = await startMockedAudit(answers, { log, ...trusted });
  return {
    ...audit,
    /** The address of the last request in the log, and that of the last change in the audit log. */
    addresses: async () => {
      const outcomes = (await audit.changes()).filter(({ stage }) => stage === 'outcome');
      return [lines.findLast(({ msg }) => msg === 'request')?.ip, outcomes.at(-1)?.actor?.ip];
    },
  };
}

type Gateway = Awaited<ReturnType<typeof aGateway>>;

async function change({ gateway }: Gateway, headers: Record<string, string>) {
  const reply = await call(gateway.url + path, 'PUT', {
    headers: { ...bearer, ...headers },
    body: { enabled: true },
  });
  expect(reply.status).toBe(200);
}

describe('The address of a client', () => {
  it.each([
    [undefined, { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1'],
    ['10.0.0.0/8', { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1'],
    ['127.0.0.1', { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' }, '203.0.113.7'],
    ['127.0.0.1', { 'x-forwarded-for': '[2001:DB8::7]:4711' }, '2001:db8::7'],
    ['127.0.0.0/8,10.0.0.0/8', { 'x-forwarded-for': '203.0.113.7, 10.0.0.2' }, '203.0.113.7'],
    ['127.0.0.1', { forwarded: 'for=unknown, for="[2001:db8::7]:80";proto=https' }, '2001:db8::7'],
    ['127.0.0.1', { 'x-forwarded-for': `${bearer.authorization}` }, '127.0.0.1'],
    ['127.0.0.1', { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=198.51.100.9' }, '127.0.0.1'],
  ])(
    'With TRUSTED_PROXIES %s and %j the log and the audit log have %s',
    async (proxies, headers, address) => {
      await using gateway = await aGateway(proxies);
      await change(gateway, headers);
      expect(await gateway.addresses()).toEqual([address, address]);
      const mutation = `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: true }) { userErrors { code } } }`;
      const { errors } = await ask(gateway.gateway, mutation, {}, { ...bearer, ...headers });
      expect(errors).toEqual([]);
      expect(await gateway.addresses()).toEqual([address, address]);
    },
  );

  it('Several X-Forwarded-For headers are one list', async () => {
    await using gateway = await aGateway('127.0.0.1,10.0.0.2');
    const reply = await call(gateway.gateway.url + path, 'PUT', {
      headers: { ...bearer, 'x-forwarded-for': ['203.0.113.7', '10.0.0.2'] },
      body: { enabled: true },
    });
    expect(reply.status).toBe(200);
    expect(await gateway.addresses()).toEqual(['203.0.113.7', '203.0.113.7']);
  });

  it('Each request of a connection has the address that its own header names', async () => {
    await using gateway = await aGateway('127.0.0.1');
    for (const address of ['203.0.113.7', '203.0.113.8']) {
      const headers = { ...bearer, 'x-forwarded-for': address };
      expect((await fetch(gateway.gateway.url + path, { headers })).status).toBe(200);
      expect((await gateway.addresses())[0]).toBe(address);
    }
  });
});
