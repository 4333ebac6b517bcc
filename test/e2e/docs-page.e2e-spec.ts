import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import { demoToken, type RunningDemo, startDemo } from '../support/gateway/demo.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { seededZone } from '../support/http/requests.js';

let browser: Browser;
let folder: string;
let demo: RunningDemo;
let gateway: RunningGateway;
beforeAll(async () => {
  folder = scratchFolder('demo');
  [browser, demo, gateway] = await Promise.all([
    launchChromium(),
    startDemo(folder),
    startGateway({ upstream: 'http://127.0.0.1:9', GRAPHQL_PLAYGROUND: true }),
  ]);
}, chromiumTimeoutMs);
afterAll(async () => {
  await gateway?.close();
  await demo?.end();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('The API documentation in a browser', () => {
  it('The page shows every operation, sends requests to no other server, and logs no error', async () => {
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
    const onZones = Object.values(operations).filter(({ isZoneless }) => !isZoneless);
    expect(await shown.count()).toBe(onZones.length + 2);
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([gateway.url]);
    await page.close();
  }, 60_000);

  it('The page and its parts have the same security headers as the playground', async () => {
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

describe('The API documentation of the demo in a browser', () => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${demo.url}/docs`);
  }, 60_000);

  it.each([
    ['settings_get', { zone_id: seededZone }],
    ['settings_update', { zone_id: seededZone }],
    ['audit_events_list', { zone: seededZone }],
  ])(
    '"Try it out" sends %s with the token of the demo',
    async (operationId, parameters) => {
      const answer = await tryOut(page, operationId, parameters);
      expect(answer).toMatchObject({ status: 200, authorization: `Bearer ${demoToken}` });
      expect(answer.shown).toContain('"success": true');
    },
    60_000,
  );

  it('"Try it out" sends a token that the user typed instead of the token of the demo', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.auth-container', { hasText: 'bearer' });
    await dialog.locator('input').fill('typed');
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close', exact: true }).first().click();
    const answer = await tryOut(page, 'settings_get', { zone_id: seededZone });
    expect(answer.authorization).toBe('Bearer typed');
    expect(answer.status).not.toBe(200);
  }, 60_000);

  it('The page of the demo contains the token, and the page of a gateway does not', async () => {
    const scriptOf = async (url: string) => (await fetch(`${url}/docs/swagger-ui-init.js`)).text();
    expect(await scriptOf(demo.url)).toContain(demoToken);
    expect(await scriptOf(gateway.url)).not.toMatch(/Bearer sandbox|requestInterceptor/);
  });
});

/** Clicks as a user does. Resolves to the status, the credential that was sent, and the answer that the page shows. */
async function tryOut(page: Page, operationId: string, parameters: Readonly<Record<string, string>>) {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator('.opblock-summary').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  for (const [name, value] of Object.entries(parameters)) {
    await operation.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  const answered = page.waitForResponse((response) => response.url().includes(seededZone));
  await operation.getByRole('button', { name: 'Execute' }).click();
  const response = await answered;
  const shown = operation.locator('.live-responses-table .highlight-code').first();
  return {
    status: response.status(),
    authorization: await response.request().headerValue('authorization'),
    shown: await shown.innerText(),
  };
}
