import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { demoProgram, type RunningDemo, startDemo } from '../support/gateway/demo.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import {
  enterToken,
  execute,
  headersIn,
  openExample,
  openPlayground,
  openTab,
} from '../support/servers/playground-page.js';

const run = promisify(execFile);

describe('The demo in managed mode', () => {
  const folder = scratchFolder('managed-demo');
  let demo: RunningDemo;
  let browser: Browser;
  const fileOf = (name: string) => join(folder, 'data/demo', name);
  const read = (name: string) => readFileSync(fileOf(name), 'utf8').trim();
  const issuer = () => /Issuer +(\S+)/.exec(demo.output())?.[1] ?? '';

  beforeAll(async () => {
    browser = await launchChromium();
    demo = await startDemo(folder, '--managed');
  }, chromiumTimeoutMs);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('The demo refuses other arguments with its usage', () => {
    for (const args of [['--manged'], ['managed'], ['--managed=yes']]) {
      const { status, stderr, stdout } = spawnSync(process.execPath, [demoProgram, ...args], {
        encoding: 'utf8',
      });
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('npm run demo -- --managed');
    }
  });

  it('Each command that the demo prints answers what is printed below it', async () => {
    const commands = [...demo.output().matchAll(/^ {2}(curl -s (?:.*\\\n)*.*)\n {2}(.*)$/gm)];
    expect(commands).toHaveLength(4);
    const withoutId = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
    for (const [, command = '', shown = ''] of commands) {
      const { stdout } = await run('bash', ['-c', command], { cwd: folder });
      expect(withoutId(stdout.trim())).toBe(withoutId(shown));
    }
    const answers = commands.map(([, , shown = '']) => shown);
    expect(answers.map((answer) => answer.includes('"FORBIDDEN"'))).toEqual([false, true, false, false]);
    expect(answers[2]).toContain('"userErrors":[]');
    expect(answers[3]).toContain('"roles":["operator"]');
  });

  it('The demo prints each credential that is in its files, and nobody else may read those', () => {
    for (const name of ['viewer.jwt', 'operator.jwt', 'viewer.key', 'operator.key']) {
      expect(demo.output()).toContain(`\n  ${read(name)}\n`);
      expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(fileOf('cloudflare-token')).mode & 0o777).toBe(0o600);
    expect(statSync(fileOf('access.json')).mode & 0o777).toBe(0o640);
  });

  it('The issuer of the demo serves its discovery document and its public key', async () => {
    const discovery = await fetch(`${issuer()}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: jwks } = (await discovery.json()) as Record<string, string>;
    expect(named).toBe(issuer());
    const { keys } = (await (await fetch(jwks ?? '')).json()) as { keys: object[] };
    expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256', use: 'sig' })]);
    expect(keys[0]).not.toHaveProperty('d');
    expect((await fetch(`${issuer()}/constructor`)).status).toBe(404);
  });

  it('The API documentation of the demo sends the token of the viewer by default', async () => {
    const script = await (await fetch(`${demo.url}/docs/swagger-ui-init.js`)).text();
    expect(script).toContain(`request.headers.Authorization ??= "Bearer ${read('viewer.jwt')}"`);
  });

  it('The playground of the demo asks as whom one chooses', async () => {
    await using open = await openPlayground(browser, demo.url);
    const { page, complaints } = open;
    const options = await page.getByLabel('Ask as').locator('option').allInnerTexts();
    expect(options).toEqual(['Viewer (JWT)', 'Operator (JWT)', 'Viewer (API key)', 'Operator (API key)']);

    await choose(page, 'Viewer (API key)', read('viewer.key'));
    expect(await execute(page)).toMatchObject({ data: { zone: { settings: { enabled: true } } } });
    await openExample(page, 'AssociateHostname');
    expect(await sentIn(page, read('viewer.key'))).toBe(true);
    expect(await execute(page)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });

    await choose(page, 'Operator (JWT)', read('operator.jwt'));
    expect(await execute(page)).toMatchObject({ data: { updateHostnames: { userErrors: [] } } });
    await openTab(page, 'ZoneOverview');
    expect(await sentIn(page, read('operator.jwt'))).toBe(true);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('The playground of the demo shows that a typed credential is none of those that it offers', async () => {
    await using open = await openPlayground(browser, demo.url);
    const { page } = open;
    await enterToken(page, read('operator.key'));
    expect(await chosen(page)).toBe('Operator (API key)');
    await enterToken(page, 'typed');
    expect(await chosen(page)).toBe('as in Headers');
    expect(await execute(page)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  }, 60_000);

  it('One Ctrl-C ends the gateway, the sandbox and the issuer', async () => {
    const sandbox = /Sandbox +(http:\/\/[^/]+)/.exec(demo.output())?.[1] ?? '';
    await demo.end();
    for (const url of [demo.url, sandbox, issuer()]) await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});

/** Chooses a credential by its name, and waits until the headers have it. */
async function choose(page: Page, name: string, credential: string): Promise<void> {
  await page.getByLabel('Ask as').selectOption(name);
  expect(await sentIn(page, credential)).toBe(true);
  // GraphiQL takes over what is typed a tenth of a second later.
  await page.waitForTimeout(150);
}

async function sentIn(page: Page, credential: string): Promise<true> {
  return eventually(async () => {
    const headers = (await headersIn(page)) as { Authorization?: string } | undefined;
    return headers?.Authorization === `Bearer ${credential}` || undefined;
  });
}

async function chosen(page: Page): Promise<string> {
  return page.getByLabel('Ask as').locator('option:checked').innerText();
}
