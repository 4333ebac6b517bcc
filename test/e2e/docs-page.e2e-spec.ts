import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { operations } from '../../src/upstream/operations.js';
import { chromiumTimeoutMs, launchChromium } from '../support/chromium.js';
import { type RunningGateway, startGateway } from '../support/gateway.js';

describe('The API documentation in a browser', () => {
  let browser: Browser;
  let gateway: RunningGateway;
  beforeAll(async () => {
    browser = await launchChromium();
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9', GRAPHQL_PLAYGROUND: true });
  }, chromiumTimeoutMs);
  afterAll(async () => {
    await gateway?.close();
    await browser?.close();
  });

  it('shows every operation, asks no other server, and breaks no rule of its own policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const origins = new Set<string>();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
    });
    await page.goto(`${gateway.url}/docs`);
    const shown = page.locator('.opblock-summary');
    await shown.first().waitFor();
    expect(await shown.count()).toBe(Object.keys(operations).length + 1);
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([gateway.url]);
    await page.close();
  }, 60_000);

  it('has the same headers as the playground, on the page and all that belongs to it', async () => {
    const headersOf = async (path: string) => {
      const { headers, status } = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
      expect(status).toBe(200);
      return [
        'content-security-policy',
        'cross-origin-opener-policy',
        'referrer-policy',
        'x-content-type-options',
      ].map((name) => headers.get(name));
    };
    const expected = await headersOf('/graphql');
    expect(expected[0]).toContain("frame-ancestors 'none'");
    const page = await (await fetch(`${gateway.url}/docs`)).text();
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, path = '']) => new URL(path, `${gateway.url}/docs`).pathname,
    );
    expect(parts.length).toBeGreaterThan(3);
    for (const path of ['/docs', ...parts]) expect(await headersOf(path)).toEqual(expected);
  });
});
