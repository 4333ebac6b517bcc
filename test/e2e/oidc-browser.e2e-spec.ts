import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { type OidcProvider, startOidcProvider } from '../support/access/oidc-provider.js';
import { type RunningGateway } from '../support/gateway/gateway.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

const clientId = 'origin-pulls-page';
const audience = 'https://origin-pulls.example.com';

/** A provider, the page of the documentation, and the gateway, each on an origin of its own. */
describe('A page that signs in at an OpenID provider, in a browser', () => {
  let browser: Browser;
  let site: Upstream;
  let provider: OidcProvider;
  let stage: ManagedStage;
  let gateway: RunningGateway;

  beforeAll(async () => {
    browser = await launchChromium();
    let page = '';
    site = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    });
    const redirectUri = `${new URL(site.url).origin}/`;
    provider = await startOidcProvider({
      clientId,
      redirectUri,
      audience,
      groups: { ada: ['edge-viewers'], grace: ['edge-operators'], eve: [] },
    });
    const grant = (groups: string, role: string) => ({
      issuer: 'login',
      claims: { groups },
      role,
      zones: ['*'],
    });
    const { issuer, jwks } = provider;
    stage = await startManagedStage(
      {
        issuers: [
          {
            name: 'login',
            issuer,
            jwks,
            audience: [audience],
            algorithms: ['RS256'],
            type: 'at+jwt',
            actor: 'email',
          },
          {
            name: 'access',
            issuer: 'https://acme.cloudflareaccess.com',
            jwks: 'https://acme.cloudflareaccess.com/cdn-cgi/access/certs',
            audience: [audience],
            algorithms: ['RS256'],
            header: 'Cf-Access-Jwt-Assertion',
          },
        ],
        grants: [grant('edge-viewers', 'viewer'), grant('edge-operators', 'operator')],
      },
      { CORS_ORIGINS: new Set([new URL(redirectUri).origin]) },
    );
    ({ gateway } = stage);
    page = readFileSync('docs/examples/sign-in.html', 'utf8')
      .replace("provider = 'https://login.example.com'", `provider = '${issuer}'`)
      .replace("gateway = 'https://origin-pulls.example.com'", `gateway = '${gateway.url}'`);
  }, chromiumTimeoutMs);

  afterAll(async () => {
    await browser?.close();
    await stage?.[Symbol.asyncDispose]();
    await provider?.close();
    await site?.[Symbol.asyncDispose]();
  });

  /** In a profile of its own, so that the provider does not know the browser. */
  async function signedIn(name: string): Promise<{ context: BrowserContext; page: Page }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(new URL(site.url).origin);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByPlaceholder('Enter any login').fill(name);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('status').filter({ hasNotText: 'Not signed in' }).waitFor();
    return { context, page };
  }
  const message = (page: Page) => page.getByRole('status').innerText();
  const press = async (page: Page, name: string) => {
    const answered = page.waitForResponse(
      (response) => response.url() === `${gateway.url}/graphql` && response.request().method() === 'POST',
    );
    await page.getByRole('button', { name }).click();
    await (await answered).finished();
    return page.locator('#data').innerText();
  };

  it('An operator signs in, reads a zone and changes a hostname', async () => {
    const { context, page } = await signedIn('grace');
    expect(await message(page)).toBe('grace@example.com: operator');
    expect(page.url()).not.toContain('code=');

    expect(JSON.parse(await press(page, 'Show the zone'))).toMatchObject({
      zone: { settings: { enabled: true }, hostnames: { nodes: expect.any(Array) } },
    });
    expect(JSON.parse(await press(page, 'Disable legacy.example.com'))).toEqual({
      updateHostnames: { hostnames: [{ name: 'legacy.example.com', enabled: false }], userErrors: [] },
    });
    await context.close();
  }, 60_000);

  it('A viewer signs in, reads a zone, and is shown that a change is forbidden', async () => {
    const { context, page } = await signedIn('ada');
    expect(await message(page)).toBe('ada@example.com: viewer');

    expect(JSON.parse(await press(page, 'Show the zone'))).toMatchObject({
      zone: { settings: { enabled: true } },
    });
    await press(page, 'Disable legacy.example.com');

    expect(await message(page)).toMatch(/^FORBIDDEN: You are not allowed to do this in this zone/);
    await context.close();
  }, 60_000);

  it('Somebody without a group signs in, and may do nothing', async () => {
    const { context, page } = await signedIn('eve');
    expect(await message(page)).toBe('eve@example.com: no role');

    await press(page, 'Show the zone');

    expect(await message(page)).toMatch(/^FORBIDDEN/);
    await context.close();
  }, 60_000);

  it('With an expired token the page reads from WWW-Authenticate that it has to sign in again', async () => {
    // Longer ago than clocks may differ.
    await provider.expireBefore(90);
    try {
      const { context, page } = await signedIn('grace');
      expect(await message(page)).toBe(
        'Sign in again. Bearer realm="origin-pulls-gateway", error="invalid_token", error_description="The token has expired: get a new one."',
      );
      await context.close();
    } finally {
      await provider.expireBefore(null);
    }
  }, 60_000);

  it('A token that expired less than a minute ago is still accepted, since clocks differ', async () => {
    await provider.expireBefore(20);
    try {
      const { context, page } = await signedIn('grace');
      expect(await message(page)).toBe('grace@example.com: operator');
      await context.close();
    } finally {
      await provider.expireBefore(null);
    }
  }, 60_000);

  it('The preflight allows the headers of the issuers', async () => {
    const { origin } = new URL(site.url);
    const wanted = 'authorization,cf-access-jwt-assertion,content-type';
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': wanted,
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-headers')).toBe(wanted);
  });
});
