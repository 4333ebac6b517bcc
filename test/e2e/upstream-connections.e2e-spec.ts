import { describe, expect, it } from '@jest/globals';
import { type Socket } from 'node:net';
import { admitAt, startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { accept, startUpstream } from '../support/upstream/upstream.js';

/** Ends a connection when a second request comes on it, without a byte. */
async function startClosingUpstream() {
  const used = new WeakSet<Socket>();
  const answered: string[] = [];
  const cut: string[] = [];
  const upstream = await startUpstream((incoming, outgoing) => {
    incoming.resume();
    const { socket, method = '' } = incoming;
    if (used.has(socket)) {
      cut.push(method);
      socket.destroy();
      return;
    }
    used.add(socket);
    answered.push(method);
    accept(outgoing);
  });
  return { ...upstream, answered, cut };
}

async function statusesOf(asked: (() => Promise<{ status: number }>)[]): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  const workers = Array.from({ length: 6 }, async () => {
    for (let next = asked.pop(); next; next = asked.pop()) {
      const { status } = await next();
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  });
  await Promise.all(workers);
  return statuses;
}

describe('Upstreams that close reused connections', () => {
  it('A read succeeds where the upstream closes the reused connection', async () => {
    await using upstream = await startClosingUpstream();
    const gateway = await startGateway({ upstream: upstream.url });
    const url = gateway.base + pathOf('/settings');

    const statuses = await statusesOf(
      Array.from({ length: 450 }, () => () => call(url, 'GET', { headers: bearer })),
    );
    await gateway.close();

    expect(statuses).toEqual({ 200: 450 });
    expect(upstream.cut.length).toBeGreaterThan(0);
  }, 60_000);

  it('A change succeeds, and is sent once, where the upstream closes reused connections', async () => {
    await using upstream = await startClosingUpstream();
    const gateway = await startGateway({ upstream: upstream.url });
    await admitAt(gateway);
    const url = gateway.base + pathOf('/settings');

    const statuses = await statusesOf(
      Array.from({ length: 180 }, () => () => call(url, 'PUT', { headers: bearer, body: { enabled: true } })),
    );
    await gateway.close();

    expect(statuses).toEqual({ 200: 180 });
    expect(upstream.answered.filter((method) => method === 'PUT')).toHaveLength(180);
    expect(upstream.cut).not.toContain('PUT');
  }, 60_000);

  it('A read is sent at most twice where the upstream also closes new connections', async () => {
    let asked = 0;
    await using upstream = await startUpstream((incoming, outgoing) => {
      asked += 1;
      if (asked === 1) accept(outgoing);
      else incoming.socket.destroy();
    });
    const gateway = await startGateway({ upstream: upstream.url });
    const url = gateway.base + pathOf('/settings');

    const replies = [
      await call(url, 'GET', { headers: bearer }),
      await call(url, 'GET', { headers: { ...bearer, 'cache-control': 'no-cache' } }),
    ];
    await gateway.close();

    expect(replies.map(({ status }) => status)).toEqual([200, 502]);
    expect(asked).toBe(3);
  });
});
