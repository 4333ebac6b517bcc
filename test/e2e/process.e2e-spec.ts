import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type RunningProcess, runToExit, startProcess } from '../support/gateway/process.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { eventually } from '../support/basics/eventually.js';

const zonePath = '/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth';
const authorization = 'Bearer sandbox-token-read-write';

interface Stage extends AsyncDisposable {
  readonly sandbox: RunningSandbox;
  readonly gateway: RunningProcess;
}

async function startStage(): Promise<Stage> {
  const sandbox = await startSandbox();
  const gateway = await startProcess({ CLOUDFLARE_BASE_URL: sandbox.url });
  return { sandbox, gateway, [Symbol.asyncDispose]: () => sandbox.close() };
}

const putSettings = (url: string, signal?: AbortSignal) =>
  fetch(`${url}${zonePath}/settings`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ enabled: true }),
    ...(signal && { signal }),
  });

// A test mostly waits, so the tests run side by side, each with a sandbox of its own.
describe('The process of the gateway', () => {
  it.concurrent('The gateway names invalid settings and exits with 1', async () => {
    const { code, output } = await runToExit({ PORT: 'seventy', LOG_LEVEL: 'loud' });
    expect(code).toBe(1);
    expect(output).toMatch(/PORT: must be a port number\n\s+LOG_LEVEL: must be one of/);
    expect(output).not.toMatch(/seventy|loud|\bat /);
  });

  it.concurrent.each(['PORT', 'METRICS_PORT'])(
    'The gateway names %s where its port is in use, and exits with 1',
    async (setting) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { code, output } = await runToExit({ [setting]: String(port) });
      server.close();
      expect(code).toBe(1);
      expect(output).toContain(`${setting}: ${port} is taken: choose another port`);
      expect(output).not.toMatch(/\bat /);
    },
  );

  it.concurrent('The gateway logs one line per request, with route, status and upstream call', async () => {
    await using stage = await startStage();
    const { gateway } = stage;
    await fetch(`${gateway.url}${zonePath}/hostnames/app.example.com`, {
      headers: { authorization, 'x-request-id': 'mine' },
    });
    await putSettings(gateway.url);
    const lines = await eventually(() => {
      const found = gateway
        .output()
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'));
      return found.length === 2
        ? found.map((line) => JSON.parse(line) as Record<string, unknown>)
        : undefined;
    });
    expect(lines[0]).toMatchObject({
      requestId: 'mine',
      method: 'GET',
      route: '/client/v4/zones/:zone_id/origin_tls_client_auth/hostnames/:hostname',
      status: 200,
      durationMs: expect.any(Number),
      upstream: [{ status: 200, cfRay: expect.stringMatching(/^[0-9a-f]{16}-SBX$/) }],
    });
    expect(lines[1]).toMatchObject({ method: 'PUT', status: 200, operationId: expect.any(String) });
    await gateway.stop('SIGINT');
  });

  it.concurrent(
    'The metrics port counts requests and upstream calls, and shows the event loop lag',
    async () => {
      await using stage = await startStage();
      const { gateway } = stage;
      await fetch(`${gateway.url}${zonePath}`, { headers: { authorization } });
      await fetch(`${gateway.url}/nowhere`);
      const metrics = await eventually(async () => {
        const text = await (await fetch(gateway.metricsUrl)).text();
        return text.includes('route="unmatched"') ? text : undefined;
      });
      expect(metrics).toContain(
        'http_request_duration_seconds_count{method="GET",route="/client/v4/zones/:zone_id/origin_tls_client_auth",status="200"} 1',
      );
      expect(metrics).toContain(
        'http_request_duration_seconds_count{method="GET",route="unmatched",status="400"} 1',
      );
      expect(metrics).toContain(
        'upstream_call_duration_seconds_count{operation="zone_certificate.list",result="2xx"} 1',
      );
      expect(metrics).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
      expect((await fetch(`${gateway.url}/metrics`)).status).toBe(400);
      await gateway.stop('SIGINT');
    },
  );

  it.concurrent('On SIGTERM the gateway answers draining, finishes a change, and exits with 0', async () => {
    await using stage = await startStage();
    const { sandbox, gateway } = stage;
    const health = () => fetch(`${gateway.url}/health/ready`, { headers: { connection: 'close' } });
    expect(await (await health()).json()).toEqual({ status: 'ready' });

    await sandbox.faults({ latencyMs: 4500 });
    const write = putSettings(gateway.url);
    await eventually(async () => ((await sandbox.calls())['settings.update'] ? true : undefined));
    const stopping = gateway.stop('SIGTERM');
    const draining = await eventually(async () => {
      const response = await health();
      return response.status === 503 ? response : undefined;
    });
    expect(await draining.json()).toEqual({ status: 'draining' });
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    const answer = await write;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ success: true });
    expect(await stopping).toBe(0);
  });

  it.concurrent(
    'The gateway finishes a change after its client disconnects, also while it stops',
    async () => {
      await using stage = await startStage();
      const { sandbox, gateway } = stage;
      await sandbox.faults({ latencyMs: 1000 });
      const caller = new AbortController();
      const write = putSettings(gateway.url, caller.signal).catch(() => 'hung up');
      await eventually(async () => ((await sandbox.calls())['settings.update'] ? true : undefined));
      caller.abort();
      expect(await write).toBe('hung up');
      const line = await eventually(() => /.*"status":499.*/.exec(gateway.output())?.[0]);
      expect(JSON.parse(line)).toMatchObject({ method: 'PUT', operationId: expect.any(String) });
      expect(await gateway.stop('SIGINT')).toBe(0);
      expect(
        await (
          await fetch(
            `${sandbox.url}/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth/settings`,
            {
              headers: { authorization },
            },
          )
        ).json(),
      ).toMatchObject({ result: { enabled: true } });
    },
  );

  it.concurrent('Without requests the gateway exits within five seconds of SIGTERM', async () => {
    await using stage = await startStage();
    const { gateway } = stage;
    const begun = performance.now();
    expect(await gateway.stop('SIGTERM')).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it.concurrent('On SIGTERM under load the gateway drops no request', async () => {
    await using stage = await startStage();
    const { gateway } = stage;
    const counts = { answered: 0, dropped: 0 };
    let inRotation = true;
    // A load balancer checks readiness, and sends no new request to a process that is not ready.
    const balancer = async () => {
      while (inRotation) {
        inRotation = (await fetch(`${gateway.url}/health/ready`)).status === 200;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const caller = async () => {
      while (inRotation) {
        const response = await fetch(`${gateway.url}${zonePath}/settings`, {
          headers: { authorization },
        }).catch(() => null);
        if (response?.status === 200) counts.answered++;
        else counts.dropped++;
        await response?.arrayBuffer();
      }
    };
    const everybody = Promise.all([balancer(), ...Array.from({ length: 8 }, caller)]);
    await eventually(() => (counts.answered > 50 ? true : undefined));
    expect(await gateway.stop('SIGTERM')).toBe(0);
    await everybody;
    expect(counts.dropped).toBe(0);
  });
});
