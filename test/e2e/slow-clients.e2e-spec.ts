import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';

const settingsPath = '/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth/settings';

describe('Slow clients', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9', KEEP_ALIVE_SECONDS: 3 });
  });
  afterAll(() => gateway.close());

  /** Sends a beginning and then nothing. Resolves when the gateway closes the connection. */
  function dawdle(beginning: string): Promise<{ closedAfterMs: number; answer: string }> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(beginning));
      socket.setEncoding('utf8').on('data', (chunk) => (answer += String(chunk)));
      socket.on('error', reject);
      socket.on('close', () => resolve({ closedAfterMs: performance.now() - begun, answer }));
    });
  }

  it('Incomplete requests get 408 within 12 s while other clients are served', async () => {
    const headers = `PUT ${settingsPath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n`;
    const slow = Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        dawdle(index % 3 === 0 ? 'GET / HTT' : index % 3 === 1 ? headers : `${headers}\r\n{"enabled":`),
      ),
    );
    const begun = performance.now();
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(2000);
    for (const { closedAfterMs, answer } of await slow) {
      expect(closedAfterMs).toBeLessThan(12_000);
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(answer).toContain('"success":false');
    }
  });

  it('An idle connection is closed after KEEP_ALIVE_SECONDS, and the client is told a second less', async () => {
    const { closedAfterMs, answer } = await dawdle('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).toMatch(/\r\nKeep-Alive: timeout=2\r\n/i);
    expect(closedAfterMs).toBeGreaterThan(2900);
    expect(closedAfterMs).toBeLessThan(8000);
  });

  it('By default an idle connection answers a request that comes 7 s later', async () => {
    const byDefault = await startGateway({ upstream: 'http://127.0.0.1:9' });
    const socket = connect(Number(new URL(byDefault.url).port), '127.0.0.1');
    const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    let answers = '';
    socket.setEncoding('utf8').on('data', (chunk) => (answers += String(chunk)));
    socket.write(request);
    await sleep(7000);
    expect(answers).toMatch(/\r\nKeep-Alive: timeout=74\r\n/i);
    answers = '';
    socket.write(request);
    await eventually(() => answers.includes('HTTP/1.1 200 OK') || undefined);
    socket.destroy();
    await byDefault.close();
  });
});
