import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { aCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { startCaching } from '../support/cache/caching.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { emptyZone, seededZone, token } from '../support/http/requests.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import {
  chooseFile,
  enter,
  enterToken,
  execute,
  openExample,
  openPlayground,
  openTab,
  type OpenPage,
  expectVariables,
  variablesIn,
} from '../support/servers/playground-page.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const app = 'app.example.com';

describe('The examples of the playground', () => {
  const folder = scratchFolder('playground');
  let browser: Browser;
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;

  beforeAll(async () => {
    browser = await launchChromium();
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: true });
  }, chromiumTimeoutMs);
  beforeEach(() => sandbox.reset());
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function aPage(): Promise<OpenPage> {
    const open = await openPlayground(browser, gateway.url);
    await enterToken(open.page, token);
    return open;
  }

  /** Uploads a new certificate with the example; resolves to its id. */
  async function upload(page: Page): Promise<string> {
    const { certificate, privateKey } = await aCertificate();
    writeFileSync(join(folder, 'leaf.pem'), certificate);
    writeFileSync(join(folder, 'leaf.key'), privateKey);
    await openExample(page, 'UploadHostnameCertificate');
    await chooseFile(page, 'Certificate file…', join(folder, 'leaf.pem'));
    await chooseFile(page, 'Key file…', join(folder, 'leaf.key'));
    const { data } = (await execute(page)) as { data: Record<string, { certificate: { id: string } }> };
    return data['uploadHostnameCertificate']?.certificate.id ?? '';
  }

  const changeOf = (certificateId: string, action: string, hostname = app) => ({
    input: { zoneId: seededZone, changes: [{ hostname, certificateId, action }] },
  });

  it('A certificate is uploaded, associated, voided and deleted without typing its id', async () => {
    await using open = await aPage();
    const { page } = open;
    const id = await upload(page);

    await openExample(page, 'AssociateHostname');
    await expectVariables(page, changeOf(id, 'ENABLE'));
    expect(await execute(page)).toMatchObject({
      data: { updateHostnames: { hostnames: [{ name: app, enabled: true }], userErrors: [] } },
    });
    await openExample(page, 'DeleteHostnameCertificate');
    expect(await execute(page)).toMatchObject({
      data: { deleteHostnameCertificate: { userErrors: [{ message: expect.stringContaining(app) }] } },
    });
    await openExample(page, 'VoidHostname');
    await expectVariables(page, changeOf(id, 'VOID'));
    expect(await execute(page)).toMatchObject({
      data: { updateHostnames: { hostnames: [{ name: app, enabled: null }], userErrors: [] } },
    });
    await sandbox.advance(60_000);
    await openExample(page, 'DeleteHostnameCertificate');
    await expectVariables(page, { input: { zoneId: seededZone, certificateId: id } });
    expect(await execute(page)).toMatchObject({
      data: { deleteHostnameCertificate: { certificate: { id }, userErrors: [] } },
    });
    expect(open.complaints).toEqual([]);
  }, 60_000);

  it('An upload fills an example that is open already, and leaves what was edited in it', async () => {
    await using open = await aPage();
    const { page } = open;
    await openExample(page, 'AssociateHostname');
    await enter(
      page,
      'Variables',
      changeOf('2458ce5a-0c35-4c7f-82c7-8e9487d3ff60', 'ENABLE', 'shop.example.com'),
    );
    await openExample(page, 'DeleteHostnameCertificate');
    const first = await upload(page);

    await openTab(page, 'AssociateHostname');
    await eventually(async () => JSON.stringify(await variablesIn(page)).includes(first) || undefined);
    await expectVariables(page, changeOf(first, 'ENABLE', 'shop.example.com'));
    await openTab(page, 'DeleteHostnameCertificate');
    await eventually(async () => JSON.stringify(await variablesIn(page)).includes(first) || undefined);

    // Whoever has typed the id of another certificate deletes that one, whatever is uploaded then.
    const typed = { input: { zoneId: seededZone, certificateId: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61' } };
    await enter(page, 'Variables', typed);
    const second = await upload(page);
    await openExample(page, 'AssociateHostname');
    await eventually(async () => JSON.stringify(await variablesIn(page)).includes(second) || undefined);
    await expectVariables(page, changeOf(second, 'ENABLE', 'shop.example.com'));
    await openExample(page, 'DeleteHostnameCertificate');
    await expectVariables(page, typed);
  }, 60_000);

  it('The zone that was asked is the zone of the examples that are opened then, and of no open one', async () => {
    await using open = await aPage();
    const { page } = open;
    await openExample(page, 'DeleteHostnameCertificate');
    const before = await variablesIn(page);
    await openExample(page, 'ZoneOverview');
    await enter(page, 'Variables', { zoneId: emptyZone });
    expect(await execute(page)).toMatchObject({ data: { zone: { hostnameCertificates: [] } } });

    for (const name of ['Hostnames', 'UploadHostnameCertificate', 'VoidHostname']) {
      await openExample(page, name);
      expect(JSON.stringify(await variablesIn(page))).toContain(`"zoneId":"${emptyZone}"`);
    }
    await openExample(page, 'DeleteHostnameCertificate');
    await expectVariables(page, before);
  }, 60_000);

  it('The example of hostnames gives the cursor to the example of the next page', async () => {
    await using open = await aPage();
    const { page } = open;
    const namesIn = (answer: unknown) => {
      const { data } = answer as { data: { zone: { hostnames: { nodes: { name: string }[] } } } };
      return data.zone.hostnames.nodes.map(({ name }) => name);
    };
    await openExample(page, 'Hostnames');
    const first = namesIn(await execute(page));
    await openExample(page, 'NextHostnames');
    const second = namesIn(await execute(page));
    expect([...first, ...second]).toEqual([app, 'legacy.example.com', 'old.example.com']);
    expect([first.length, second.length]).toEqual([2, 1]);
  }, 60_000);

  it('The example of the cache counts a miss, and then a hit', async () => {
    await using caching = await startCaching();
    await using open = await openPlayground(browser, caching.gateway.url);
    const { page } = open;
    await enterToken(page, token);
    await openExample(page, 'CacheCounts');
    expect(await execute(page)).toMatchObject({ extensions: { cache: { hits: 0, misses: 1 } } });
    expect(await execute(page)).toMatchObject({ extensions: { cache: { hits: 1, misses: 0 } } });
  }, 60_000);
});
