import { request } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SharedCall } from '../../src/gateway/cache/shared-call.js';
import { RequestContext } from '../../src/gateway/request/request-context.js';
import { eventually } from '../support/basics/eventually.js';
import { longLifetimes } from '../support/cache/caching.js';
import { caches } from '../support/cache/stores.js';
import { startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { startUpstream } from '../support/upstream/upstream.js';

const settings = pathOf('/settings');
const path = `/client/v4${settings}`;
const answer = '{"success":true,"errors":[],"messages":[],"result":{"enabled":true}}';

/** Sends a request, and gives the function that ends its connection before the answer. */
function begin(url: string, method: string, target: string, body?: object): () => void {
  const headers = { ...bearer, ...(body && { 'content-type': 'application/json' }) };
  const outgoing = request(url + target, { method, headers, agent: false });
  outgoing.on('error', () => undefined);
  outgoing.end(body && JSON.stringify(body));
  return () => outgoing.destroy();
}

describe.each(caches)('Disconnected clients, with a cache %s', (_, startCache) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The upstream holds each answer until the test releases it. */
  async function stage() {
    const cache = await startCache();
    const held: { readonly method: string; answer(): void }[] = [];
    let ended = 0;
    let isHolding = true;
    const upstream = await startUpstream((incoming, outgoing) => {
      incoming.resume();
      const send = () => outgoing.setHeader('content-type', 'application/json').end(answer);
      if (!isHolding) return send();
      held.push({ method: incoming.method ?? '', answer: send });
      outgoing.on('close', () => {
        if (!outgoing.writableFinished) ended += 1;
      });
    });
    const gateway = await startGateway({ upstream: upstream.url, ...longLifetimes, ...cache.settings });
    return {
      gateway,
      held,
      ended: () => ended,
      hold: (hold: boolean) => (isHolding = hold),
      read: () => call(gateway.url + path, 'GET', { headers: bearer }),
      isHeld: (count: number) => eventually(() => held.length >= count || undefined),
      [Symbol.asyncDispose]: async () => {
        await gateway.close();
        await upstream[Symbol.asyncDispose]();
        await cache.close();
      },
    };
  }

  it('A disconnect does not end the upstream call that 49 other clients share', async () => {
    await using at = await stage();
    const join = jest.spyOn(SharedCall.prototype, 'join');
    const hangUp = jest.spyOn(RequestContext.prototype, 'hangUp');
    const disconnect = begin(at.gateway.url, 'GET', path);
    await at.isHeld(1);
    const others = Array.from({ length: 49 }, () => at.read());
    await eventually(() => join.mock.calls.length === 50 || undefined);
    disconnect();
    await eventually(() => hangUp.mock.calls.length === 1 || undefined);
    at.held[0]?.answer();

    const replies = await Promise.all(others);

    expect(replies.map(({ status }) => status)).toEqual(Array<number>(49).fill(200));
    expect(at.held).toHaveLength(1);
    expect(at.ended()).toBe(0);
    expect((await at.read()).headers['cache-status']).toContain('; hit');
  });

  it('A disconnect ends a read without other clients, and the next read is sent at once', async () => {
    await using at = await stage();
    const disconnect = begin(at.gateway.url, 'GET', path);
    await at.isHeld(1);

    disconnect();

    await eventually(() => at.ended() === 1 || undefined);
    at.hold(false);
    const begunAt = performance.now();
    expect((await at.read()).status).toBe(200);
    expect(performance.now() - begunAt).toBeLessThan(1000);
  });

  it('A disconnect ends all the reads of a GraphQL operation', async () => {
    await using at = await stage();
    const query = `{ zone(id: "${seededZone}") { settings { enabled } certificates { id: cloudflareId } hostnameCertificates { id: cloudflareId } } }`;
    const disconnect = begin(at.gateway.url, 'POST', '/graphql', { query });
    await at.isHeld(3);

    disconnect();

    await eventually(() => at.ended() === 3 || undefined);
  });

  it('A disconnect ends neither a change nor the read before it', async () => {
    await using at = await stage();
    const disconnect = begin(at.gateway.url, 'PUT', path, { enabled: false });
    await at.isHeld(1);
    const hangUp = jest.spyOn(RequestContext.prototype, 'hangUp');
    disconnect();
    await eventually(() => hangUp.mock.calls.length === 1 || undefined);

    at.held[0]?.answer();

    await at.isHeld(2);
    expect(at.held.map(({ method }) => method)).toEqual(['GET', 'PUT']);
    at.held[1]?.answer();
    await eventually(async () => {
      at.hold(false);
      return String((await at.read()).headers['cache-status']).includes('fwd=bypass') ? undefined : true;
    });
    expect(at.ended()).toBe(0);
  });
});
