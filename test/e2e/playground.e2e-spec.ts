import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { examples } from '../../playground/examples.js';
import { findSecret } from '../support/gateway/canary.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { seededZone, token } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const screenshot = 'docs/playground.png';

interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** The URL of every request so far, those of the workers too. */
  readonly requests: string[];
  /** What the browser complained of: errors, warnings and what the content security policy refused. */
  readonly complaints: string[];
}

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

    const shown = await shownAnswer(page);
    expect(shown).toContain('"enabled": ');
    expect(shown).toContain('"hostnameCertificates": [');
    expect(await page.title()).toBe('Origin Pulls Gateway playground');
    expect(new Set(requests.map((url) => new URL(url).origin))).toEqual(new Set([gateway.url]));
    expect(requests.length).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
    if (process.env['UPDATE_SCREENSHOT'] === '1') await takeScreenshot(page);
  }, 60_000);

  it.each(
    examples.map(({ query, variables }) => [/^(?:query|mutation) (\w+)/m.exec(query)?.[1], query, variables]),
  )('The example %s of the playground runs without errors', async (_name, query = '', variables = '') => {
    const { data, errors } = await ask(gateway, query, JSON.parse(variables) as Record<string, unknown>);
    expect(errors).toEqual([]);
    expect(Object.values(data ?? {})).toEqual([expect.any(Object)]);
  });

  it('The playground shows the types of the schema', async () => {
    await open.page.getByRole('button', { name: 'Show Documentation Explorer' }).click();

    const docs = open.page.getByRole('region', { name: 'Documentation Explorer' });
    await docs.getByRole('link', { name: 'Zone', exact: true }).first().click();

    await docs.getByText('hostnameCertificates').first().waitFor();
    expect(open.complaints).toEqual([]);
  }, 60_000);

  it('A token entered in one tab applies to every tab', async () => {
    await enterToken(open.page, token);

    await openTab(open.page, 'Hostnames');

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
    await openTab(page, 'UploadZoneCertificate');
    await enterToken(page, token);
    await enter(page, 'Variables', { input: { zoneId: seededZone, certificate, privateKey } });

    const answer = await execute(page);

    expect(answer).toMatchObject({
      data: { uploadZoneCertificate: { certificate: { id: expect.any(String) }, userErrors: [] } },
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

/** A page of a profile of its own, ready to be used. */
async function openPlayground(browser: Browser, origin: string): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  // Fonts and icons that the style sheet holds are reported as requests, but leave for nowhere.
  context.on(
    'request',
    (request) => void (request.url().startsWith('data:') || requests.push(request.url())),
  );
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(`${origin}/graphql`);
  await ready(page);
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

async function ready(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.graphiql-editor-tool .monaco-editor').first().waitFor({ state: 'attached' });
}

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click();
}

const enterToken = (page: Page, typed: string) =>
  enter(page, 'Headers', { Authorization: `Bearer ${typed}` });

/** Pastes over what is in one of the two editors below the query; what is typed there has its brackets closed. */
async function enter(page: Page, editor: 'Variables' | 'Headers', value: unknown): Promise<void> {
  await page.getByRole('button', { name: editor, exact: true }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
  await page.keyboard.press('Control+A');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(JSON.stringify(value))})`);
  await page.keyboard.press('Control+V');
}

/** Presses the button; resolves to the answer that came. */
async function execute(page: Page): Promise<unknown> {
  const answered = page.waitForResponse((response) => {
    const { operationName } = (response.request().postDataJSON() ?? {}) as { operationName?: string };
    return operationName !== undefined && operationName !== 'IntrospectionQuery';
  });
  await page.getByRole('button', { name: /^Execute query/ }).click();
  return (await answered).json();
}

async function shownAnswer(page: Page): Promise<string> {
  return eventually(async () => {
    const text = await page.locator('.result-window .view-lines').innerText();
    // Monaco draws every space as one that does not break.
    return text.includes('data') ? text.replaceAll('\u00a0', ' ') : undefined;
  });
}

/** What the editors hold, beyond the lines that they show. */
async function typedTexts(page: Page): Promise<string> {
  return page.evaluate<string>('__MONACO.editor.getModels().map((model) => model.getValue()).join("\\n")');
}

/** Everything that a page can leave in a browser. A text, since the types of a browser are not known here. */
async function kept(page: Page): Promise<unknown> {
  return page.evaluate(`(async () => {
    const promised = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const dump = async ({ name }) => {
      const database = await promised(indexedDB.open(name));
      const stores = [...database.objectStoreNames].map((store) =>
        promised(database.transaction(store).objectStore(store).getAll()));
      return { name, stores: await Promise.all(stores) };
    };
    return {
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
      databases: await Promise.all((await indexedDB.databases()).map(dump)),
      caches: await caches.keys(),
      cookie: document.cookie,
    };
  })()`);
}

async function takeScreenshot(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Variables', exact: true }).click();
  // Elsewhere, focus rings, tooltips and scroll bars come and go with the mouse.
  await page.getByRole('heading', { level: 1 }).click();
  await page.waitForTimeout(2500);
  await page.screenshot({ path: screenshot });
  expect(statSync(screenshot).size).toBeLessThan(300 * 1024);
}
