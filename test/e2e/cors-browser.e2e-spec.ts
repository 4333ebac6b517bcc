import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { longLifetimes } from '../support/cache/caching.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

const settings = `/client/v4${pathOf('/settings')}`;
const read = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
const change = (enabled: boolean) =>
  `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: ${enabled} }) { settings { enabled } userErrors { code } } }`;

interface Seen {
  readonly status: number;
  readonly body: unknown;
  readonly cacheStatus: string | null;
  readonly requestId: string | null;
}

describe('A page of another origin, in a browser', () => {
  let browser: Browser;
  let sandbox: RunningSandbox;
  /** Serves an empty page. */
  let site: Upstream;
  let page: Page;
  let on: RunningGateway;
  let off: RunningGateway;

  beforeAll(async () => {
    browser = await launchChromium();
    sandbox = await startSandbox();
    site = await startUpstream((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Another site</title>');
    });
    const { origin } = new URL(site.url);
    on = await startGateway({ upstream: sandbox.url, ...longLifetimes, CORS_ORIGINS: new Set([origin]) });
    off = await startGateway({ upstream: sandbox.url, ...longLifetimes });
    page = await browser.newPage();
    await page.goto(origin);
  }, chromiumTimeoutMs);

  afterAll(async () => {
    await browser?.close();
    await on?.close();
    await off?.close();
    await site?.[Symbol.asyncDispose]();
    await sandbox?.close();
  });

  /** What the page sees of an answer; null if the browser does not let it read one. A text, since the types of a browser are not known here. */
  const fetched = (url: string, method: string, body?: unknown): Promise<Seen | null> => {
    const headers = { ...bearer, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const init = JSON.stringify({
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return page.evaluate(`fetch(${JSON.stringify(url)}, ${init}).then(async (response) => ({
      status: response.status,
      body: await response.json(),
      cacheStatus: response.headers.get('cache-status'),
      requestId: response.headers.get('x-request-id'),
    }), () => null)`);
  };
  const operation = (gateway: RunningGateway, query: string) =>
    fetched(`${gateway.url}/graphql`, 'POST', { query });
  const isEnabled = async () => {
    const response = await fetch(`${off.url}${settings}`, {
      headers: { ...bearer, 'cache-control': 'no-cache' },
    });
    return ((await response.json()) as { result: { enabled: boolean } }).result.enabled;
  };

  it('With CORS_ORIGINS the page reads and changes over REST', async () => {
    const reads = [await fetched(on.url + settings, 'GET'), await fetched(on.url + settings, 'GET')];
    expect(reads.map((seen) => seen?.cacheStatus)).toEqual([
      expect.stringContaining('fwd=miss'),
      expect.stringContaining('; hit'),
    ]);
    for (const seen of reads) expect(seen).toMatchObject({ status: 200, requestId: expect.any(String) });
    const changed = await fetched(on.url + settings, 'PUT', { enabled: false });
    expect(changed).toMatchObject({ status: 200, body: { result: { enabled: false } } });
    expect(await isEnabled()).toBe(false);
  }, 60_000);

  it('With CORS_ORIGINS the page reads and changes over GraphQL, and reads errors', async () => {
    expect(await operation(on, change(true))).toMatchObject({
      body: { data: { updateZoneSettings: { settings: { enabled: true }, userErrors: [] } } },
    });
    expect(await isEnabled()).toBe(true);
    for (let round = 0; round < 2; round += 1)
      expect(await operation(on, read)).toMatchObject({
        body: { data: { zone: { settings: { enabled: true } } } },
      });
    expect(await operation(on, '{')).toMatchObject({ status: 400, body: { errors: [{}] } });
    expect(await fetched(`${on.url}/nowhere`, 'GET')).toMatchObject({
      status: 400,
      body: { success: false },
    });
  }, 60_000);

  it('Without CORS_ORIGINS the page reads nothing and changes nothing', async () => {
    expect(await fetched(off.url + settings, 'GET')).toBeNull();
    expect(await fetched(off.url + settings, 'PUT', { enabled: false })).toBeNull();
    expect(await operation(off, read)).toBeNull();
    expect(await operation(off, change(false))).toBeNull();
    expect(await isEnabled()).toBe(true);
  }, 60_000);
});
