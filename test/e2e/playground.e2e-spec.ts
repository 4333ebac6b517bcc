import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { examples } from '../../playground/examples.js';
import { findSecret } from '../support/gateway/canary.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import {
  enter,
  enterToken,
  execute,
  headersIn,
  kept,
  openExample,
  openPlayground,
  type OpenPage,
  openTab,
  ready,
  shownAnswer,
  typedTexts,
} from '../support/servers/playground-page.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { seededZone, token } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const screenshot = 'docs/playground.png';

describe('The playground in a browser', () => {
  let browser: Browser;
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  /** One page for the tests that store nothing: to load it takes seconds. */
  let open: OpenPage;

  beforeAll(async () => {
    browser = await launchChromium();
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: true });
    open = await openPlayground(browser, gateway.url);
  }, chromiumTimeoutMs);

  afterAll(async () => {
    await open?.[Symbol.asyncDispose]();
    await gateway?.close();
    await sandbox?.close();
    await browser?.close();
  });

  it('The playground runs its first example and sends requests to the gateway alone', async () => {
    const { page, requests, complaints } = open;
    await enterToken(page, token);

    await execute(page);

    expect(await shownAnswer(page)).toMatchObject({
      data: { zone: { settings: { enabled: true }, hostnameCertificates: expect.any(Array) } },
    });
    expect(await page.title()).toBe('Origin Pulls Gateway playground');
    expect(new Set(requests.map((url) => new URL(url).origin))).toEqual(new Set([gateway.url]));
    expect(requests.length).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    if (process.env['UPDATE_SCREENSHOT'] === '1') await takeScreenshot(page);
  }, 60_000);

  it.each(examples.map(({ name, query, variables }) => [name, query, variables]))(
    'The example %s of the playground runs without errors',
    async (_name, query, variables) => {
      const { data, errors } = await ask(gateway, query, JSON.parse(variables) as Record<string, unknown>);
      expect(errors).toEqual([]);
      expect(Object.values(data ?? {})).toEqual([expect.any(Object)]);
    },
  );

  it('The playground opens with one tab and a list of examples, each of which opens one tab', async () => {
    await using open = await openPlayground(browser, gateway.url);
    const { page, complaints } = open;
    const tabs = () => page.getByRole('tab').allInnerTexts();
    expect(await tabs()).toEqual(['ZoneOverview']);

    for (const { name } of examples) await openExample(page, name);
    for (const { name } of examples) await openExample(page, name);

    expect(await tabs()).toEqual(examples.map(({ name }) => name));
    expect(complaints).toEqual([]);
  }, 60_000);

  it('The playground shows the types of the schema', async () => {
    await open.page.getByRole('button', { name: 'Show Documentation Explorer' }).click();

    const docs = open.page.getByRole('region', { name: 'Documentation Explorer' });
    await docs.getByRole('link', { name: 'Zone', exact: true }).first().click();

    await docs.getByText('hostnameCertificates').first().waitFor();
    expect(open.complaints).toEqual([]);
  }, 60_000);

  it('A token entered in one tab applies to every tab, beside the headers that an example has', async () => {
    await using open = await openPlayground(browser, gateway.url);
    const { page } = open;
    const Authorization = `Bearer ${token}`;
    const perTab = async (names: readonly string[]) => {
      for (const name of names) {
        await openExample(page, name);
        const own = name === 'CacheCounts' ? { 'X-Cache-Extensions': 'on' } : {};
        expect(await eventually(async () => holds(await headersIn(page), Authorization))).toEqual({
          Authorization,
          ...own,
        });
        expect(await execute(page)).toMatchObject({ data: { zone: expect.any(Object) } });
      }
    };
    // One that is opened before the token is typed, and one afterwards.
    await openExample(page, 'CacheCounts');
    await openExample(page, 'Hostnames');
    await enterToken(page, token);
    await perTab(['CacheCounts', 'NextHostnames', 'ZoneOverview', 'Hostnames']);
  }, 60_000);

  it('The tabs of GraphiQL can be changed as without the list of examples', async () => {
    await enterToken(open.page, token);
    await open.page.getByRole('button', { name: 'Show Examples' }).click();
    await openExample(open.page, 'Hostnames');

    await openTab(open.page, 'ZoneOverview');

    // For a tenth of a second GraphiQL still runs the operation of the previous tab.
    const answer = await eventually(async () => {
      const got = (await execute(open.page)) as { data?: unknown };
      return got.data ? got : undefined;
    });
    expect(answer).toMatchObject({ data: { zone: { hostnames: { totalCount: expect.any(Number) } } } });
  }, 60_000);

  it('The browser stores neither an uploaded private key nor an entered token', async () => {
    const { certificate, privateKey } = await aCertificate();
    const nothing = { localStorage: {}, sessionStorage: {}, databases: [], caches: [], cookie: '' };
    await using open = await openPlayground(browser, gateway.url);
    const { page, complaints } = open;
    await openExample(page, 'UploadHostnameCertificate');
    await enterToken(page, token);
    await enter(page, 'Variables', { input: { zoneId: seededZone, certificate, privateKey } });

    const answer = await execute(page);

    expect(answer).toMatchObject({
      data: { uploadHostnameCertificate: { certificate: { id: expect.any(String) }, userErrors: [] } },
    });
    // GraphiQL stores typed text half a second later.
    await page.waitForTimeout(1500);
    expect(await kept(page)).toEqual(nothing);
    await page.reload();
    await ready(page);
    expect(await kept(page)).toEqual(nothing);
    const everything = JSON.stringify(await kept(page)) + (await page.content()) + (await typedTexts(page));
    expect(findSecret(everything, privateKey, certificate)).toEqual([]);
    expect(findSecret(everything, token)).toEqual([]);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('With GRAPHQL_DOCUMENTS=only, the playground shows why it cannot ask for the schema', async () => {
    const folder = scratchFolder('playground-documents');
    const file = join(folder, 'list.graphql');
    writeFileSync(file, '{ __typename }');
    const documents = { GRAPHQL_DOCUMENTS: 'only', GRAPHQL_DOCUMENTS_FILE: file } as const;
    const only = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: true, ...documents });
    try {
      await using shown = await openPlayground(browser, only.url);
      expect(await shownAnswer(shown.page)).toMatchObject({
        errors: [
          {
            message: expect.stringContaining('executes only the documents of its list'),
            extensions: { code: 'PERSISTED_QUERY_ONLY' },
          },
        ],
      });
    } finally {
      await only.close();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('With GRAPHQL_PLAYGROUND=false, /graphql is a page that says how to switch the playground on', async () => {
    const without = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: false });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    try {
      const answer = await page.goto(`${without.url}/graphql`);
      expect(answer?.status()).toBe(200);
      expect(await page.title()).toBe('Origin Pulls Gateway: GraphQL');
      expect(await page.locator('body').innerText()).toContain('GRAPHQL_PLAYGROUND=on');
      await page.getByRole('link').click();
      expect(page.url()).toBe(`${without.url}/docs`);
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
      await without.close();
    }
  }, 60_000);
});

function holds(headers: unknown, authorization: string): unknown {
  const { Authorization } = (headers ?? {}) as { Authorization?: string };
  return Authorization === authorization ? headers : undefined;
}

async function takeScreenshot(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Variables', exact: true }).click();
  // Elsewhere, focus rings, tooltips and scroll bars come and go with the mouse.
  await page.getByRole('heading', { level: 1 }).click();
  await page.waitForTimeout(2500);
  await page.screenshot({ path: screenshot });
  expect(statSync(screenshot).size).toBeLessThan(300 * 1024);
}
