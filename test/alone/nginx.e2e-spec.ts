import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { addressRangesSchema } from '../../src/platform/config/lists.js';
import { startMockedAudit } from '../support/audit/mocked-audit.js';
import { startProcess } from '../support/gateway/process.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { freePort } from '../support/redis/redis-binary.js';
import { nginxTimeoutMs, startNginx } from '../support/servers/nginx.js';
import { success } from '../support/upstream/mocked-answers.js';

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly agent?: Agent;
  readonly localAddress?: string;
}

/** Resolves to the status of the answer. */
function send(url: string, { body, ...options }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('error', reject).end(body);
  });
}

const json = { 'content-type': 'application/json' };

describe('Idle connections between nginx and the gateway', () => {
  const callers = 250;
  /**
   * From the begin of each round to the next one, in seconds. In most rounds the connections have been idle for about as long as one of
   * the gateways allows.
   */
  const pauses = [3, 3.02, 3.05, 3.1, 6, 4.5, 3, 3];
  /** It takes the gateway some time, in which other requests wait while their connections are closed. */
  const body = JSON.stringify({ query: '{ __schema { types { name fields { name } } } }' });

  it(
    `Of ${callers * pauses.length} POSTs none gets 502 if the gateway keeps idle connections longer than nginx, and some do if not`,
    async () => {
      const [patient, hasty, ...ports] = await Promise.all([
        startProcess({ CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9', KEEP_ALIVE_SECONDS: '5' }),
        startProcess({ CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9', KEEP_ALIVE_SECONDS: '3' }),
        freePort(),
        freePort(),
      ]);
      const server = (name: string, port: number | undefined, { url }: { url: string }) => `
        upstream ${name} { server ${new URL(url).host}; keepalive 512; keepalive_timeout 4s; keepalive_requests 100000; }
        server { listen 127.0.0.1:${port}; location / { proxy_pass http://${name}; } }`;
      try {
        const servers = server('patient', ports[0], patient) + server('hasty', ports[1], hasty);
        await using nginx = await startNginx(servers, ports[0] ?? 0);
        const [ofPatient, ofHasty] = await Promise.all(
          [nginx.url, `http://127.0.0.1:${ports[1]}`].map((url) => statusesThrough(url)),
        );
        expect(ofPatient).toEqual({ 200: callers * pauses.length });
        expect(ofHasty?.[502]).toBeGreaterThan(0);
      } finally {
        await Promise.all([patient, hasty].map((gateway) => gateway.stop('SIGINT')));
      }
    },
    nginxTimeoutMs,
  );

  /** How many answers had which status. */
  async function statusesThrough(url: string): Promise<Record<number, number>> {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: callers });
    const counts: Record<number, number> = {};
    const call = async () => {
      const status = await send(`${url}/graphql`, {
        method: 'POST',
        headers: json,
        body,
        agent,
      });
      counts[status] = (counts[status] ?? 0) + 1;
    };
    for (const pause of pauses)
      await Promise.all([sleep(pause * 1000), ...Array.from({ length: callers }, call)]);
    agent.destroy();
    return counts;
  }
});

describe('The address of a client behind two nginx', () => {
  // All addresses of 127.0.0.0/8 are this machine.
  const [client, outer, inner] = ['127.0.0.9', '127.0.0.2', '127.0.0.3'];
  const forged = '203.0.113.7';

  it(
    'Behind two trusted proxies the audit log and the log have the address of the client, else that of the connection',
    async () => {
      const lines: string[] = [];
      const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
      await using audit = await startMockedAudit(
        { 'PUT /settings': success({ enabled: true }) },
        { log, TRUSTED_PROXIES: addressRangesSchema.parse(`${outer},${inner}`) },
      );
      const [outerPort, innerPort] = await Promise.all([freePort(), freePort()]);
      const forwarding = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;';
      const servers = `
        server { listen 127.0.0.1:${outerPort}; location / {
          proxy_bind ${outer}; ${forwarding} proxy_pass http://127.0.0.1:${innerPort}; } }
        server { listen 127.0.0.1:${innerPort}; location / {
          proxy_bind ${inner}; ${forwarding} proxy_pass ${audit.gateway.url}; } }`;
      await using nginx = await startNginx(servers, outerPort);
      const change = async (url: string) => {
        const headers = { ...json, ...bearer, 'x-forwarded-for': forged };
        const sent = { method: 'PUT', headers, body: '{"enabled":true}', localAddress: client };
        expect(await send(`${url}/client/v4${pathOf('/settings')}`, sent)).toBe(200);
        const outcomes = (await audit.changes()).filter(({ stage }) => stage === 'outcome');
        const { ip } = JSON.parse(lines.findLast((line) => line.includes('"PUT"')) ?? '{}') as { ip: string };
        return [outcomes.at(-1)?.actor?.ip, ip];
      };

      expect(await change(nginx.url)).toEqual([client, client]);
      // The client is a proxy that the gateway does not trust.
      expect(await change(audit.gateway.url)).toEqual([client, client]);
      lines.length = 0;
      const response = await fetch(`${audit.gateway.url}/`, { headers: { 'x-forwarded-for': forged } });
      expect(response.status).toBe(200);
      expect(lines.join()).toContain('"ip":"127.0.0.1"');
      expect(lines.join()).not.toContain(forged);
    },
    nginxTimeoutMs,
  );
});
