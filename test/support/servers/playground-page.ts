import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { eventually } from '../basics/eventually.js';

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** The URL of every request so far, those of the workers too. */
  readonly requests: string[];
  /** What the browser complained of: errors, warnings and what the content security policy refused. */
  readonly complaints: string[];
}

/** The playground in a profile of its own, ready to be used. */
export async function openPlayground(browser: Browser, origin: string): Promise<OpenPage> {
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

export async function ready(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.graphiql-editor-tool .monaco-editor').first().waitFor({ state: 'attached' });
}

/** Opens an example from the list at the side, or goes to its tab. Its variables are filled when it is shown. */
export async function openExample(page: Page, name: string): Promise<void> {
  await page.getByRole('region', { name: 'Examples' }).getByText(name, { exact: true }).click();
  await page.getByRole('tab', { name: titled(name), selected: true }).waitFor();
}

export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name: titled(name) }).click();
}

/** The name of a tab has that of the button that closes it, where there are more tabs than one. */
function titled(name: string): RegExp {
  return new RegExp(`^${name}(?: Close Tab)?$`);
}

export const enterToken = (page: Page, typed: string) =>
  enter(page, 'Headers', { Authorization: `Bearer ${typed}` });

/** Pastes over what is in one of the two editors below the query; what is typed there has its brackets closed. */
export async function enter(page: Page, editor: 'Variables' | 'Headers', value: unknown): Promise<void> {
  await page.getByRole('button', { name: editor, exact: true }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
  await page.keyboard.press('Control+A');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(JSON.stringify(value))})`);
  await page.keyboard.press('Control+V');
  // GraphiQL takes over what is typed a tenth of a second later, if the tab is still shown then.
  await page.waitForTimeout(150);
}

/** Presses the button of a file, and chooses one. */
export async function chooseFile(page: Page, button: string, path: string): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await choosing).setFiles(path);
  const name = JSON.stringify(`<${basename(path)}`).slice(1, -1);
  await eventually(async () => JSON.stringify(await variablesIn(page))?.includes(name) || undefined);
}

/** Presses the button; resolves to the answer that came. */
export async function execute(page: Page): Promise<unknown> {
  const answered = page.waitForResponse((response) => {
    const { operationName } = (response.request().postDataJSON() ?? {}) as { operationName?: string };
    return operationName !== undefined && operationName !== 'IntrospectionQuery';
  });
  await press(page);
  const answer: unknown = await (await answered).json();
  await eventually(async () => JSON.stringify(await shownIn(page)) === JSON.stringify(answer) || undefined);
  return answer;
}

export async function press(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

/** The answer that is shown. */
async function shownIn(page: Page): Promise<unknown> {
  return parsed(await textIn(page, 'response.json'));
}

export async function shownAnswer(page: Page): Promise<unknown> {
  return eventually(() => shownIn(page));
}

export async function variablesIn(page: Page): Promise<unknown> {
  return parsed(await textIn(page, 'variables.json'));
}

/** Waits until the variables are these: the editor shows a change some time after the click that made it. */
export async function expectVariables(page: Page, wanted: unknown): Promise<void> {
  const shown = async () => isDeepStrictEqual(await variablesIn(page), wanted) || undefined;
  await eventually(shown).catch(() => undefined);
  expect(await variablesIn(page)).toEqual(wanted);
}

export async function headersIn(page: Page): Promise<unknown> {
  return parsed(await textIn(page, 'request-headers.json'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an editor holds, beyond the lines that it shows. */
async function textIn(page: Page, name: string): Promise<string> {
  return page.evaluate<string>(
    `__MONACO.editor.getModels().find((model) => model.uri.path.endsWith(${JSON.stringify(name)}))?.getValue() ?? ''`,
  );
}

/** What all editors hold. */
export async function typedTexts(page: Page): Promise<string> {
  return page.evaluate<string>('__MONACO.editor.getModels().map((model) => model.getValue()).join("\\n")');
}

/** Everything that a page can leave in a browser. A text, since the types of a browser are not known here. */
export async function kept(page: Page): Promise<unknown> {
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

/** The page as the browser has it, with the text of its fields. */
export async function documentOf(page: Page): Promise<string> {
  return page.evaluate<string>(`document.documentElement.outerHTML +
    [...document.querySelectorAll('input, textarea')].map((field) => field.value).join('\\n') +
    location.href + JSON.stringify(history.state)`);
}
