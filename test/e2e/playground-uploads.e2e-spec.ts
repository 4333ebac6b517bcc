import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { aCertificate, type TestCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { findSecret } from '../support/gateway/canary.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { seededZone, token } from '../support/http/requests.js';
import { chromiumTimeoutMs, launchChromium } from '../support/servers/chromium.js';
import {
  chooseFile,
  documentOf,
  enter,
  enterToken,
  execute,
  kept,
  openExample,
  openPlayground,
  press,
  ready,
  shownAnswer,
  typedTexts,
  expectVariables,
  variablesIn,
} from '../support/servers/playground-page.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

/** The text of a heap snapshot has all strings of the page; by default only their first 1,024 characters. */
const wholeStrings = '--js-flags=--heap-snapshot-string-limit=1000000';
const nothing = { localStorage: {}, sessionStorage: {}, databases: [], caches: [], cookie: '' };
const isSent = (url: string) => url.endsWith('/graphql');

describe('Uploads of files in the playground', () => {
  const folder = scratchFolder('uploads');
  let browser: Browser;
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;

  beforeAll(async () => {
    browser = await launchChromium([wholeStrings]);
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_PLAYGROUND: true });
  }, chromiumTimeoutMs);
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** The example of uploads, on a page of its own. */
  async function anUploadPage() {
    const open = await openPlayground(browser, gateway.url);
    await enterToken(open.page, token);
    await openExample(open.page, 'UploadHostnameCertificate');
    return open;
  }

  /** Writes both files, and returns their paths. */
  function filesOf({ certificate, privateKey }: TestCertificate, place = '.'): readonly [string, string] {
    mkdirSync(join(folder, place), { recursive: true });
    const paths = [join(folder, place, 'client.pem'), join(folder, place, 'client.key')] as const;
    writeFileSync(paths[0], certificate);
    writeFileSync(paths[1], privateKey);
    return paths;
  }

  async function choose(page: Page, [certificate, key]: readonly [string, string]): Promise<void> {
    await chooseFile(page, 'Certificate file…', certificate);
    await chooseFile(page, 'Key file…', key);
  }

  const uploaded = {
    data: { uploadHostnameCertificate: { certificate: { id: expect.any(String) }, userErrors: [] } },
  };

  it('A key file is sent, and its text is in no document, storage, editor, history or object', async () => {
    const pair = await aCertificate({ keyType: 'rsa' });
    await using open = await anUploadPage();
    const { page, complaints } = open;
    const isNowhere = async () => {
      const everything = [await documentOf(page), await typedTexts(page), JSON.stringify(await kept(page))];
      expect(findSecret(everything.join('\n'), pair.privateKey, pair.certificate)).toEqual([]);
      expect(await kept(page)).toEqual(nothing);
      expect(await keyLinesInHeap(page, pair.privateKey)).toEqual([]);
    };
    await choose(page, filesOf({ ...pair, certificate: `Bag Attributes\n${pair.certificate}` }));

    await expectVariables(page, {
      input: { zoneId: seededZone, certificate: '<client.pem>', privateKey: '<client.key>' },
    });
    await isNowhere();
    const sending = page.waitForRequest((request) => isSent(request.url()));
    const answer = await execute(page);

    expect(answer).toMatchObject(uploaded);
    const { variables } = (await sending).postDataJSON() as { variables: { input: object } };
    expect(variables.input).toMatchObject({ privateKey: pair.privateKey });
    // GraphiQL copies and stores what is typed half a second later.
    await page.waitForTimeout(1000);
    await isNowhere();
    expect(await page.getByRole('button', { name: /History/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  }, 120_000);

  it('The search of these tests finds a key that is typed', async () => {
    const { certificate, privateKey } = await aCertificate({ keyType: 'rsa' });
    await using open = await anUploadPage();
    await enter(open.page, 'Variables', { input: { zoneId: seededZone, certificate, privateKey } });
    expect(findSecret(await typedTexts(open.page), privateKey, certificate)).not.toEqual([]);
    expect(await keyLinesInHeap(open.page, privateKey)).not.toEqual([]);
  }, 120_000);

  it('A file is read each time it is sent, and one that is changed has to be chosen again', async () => {
    await using open = await anUploadPage();
    const { page } = open;
    const paths = filesOf(await aCertificate());
    await choose(page, paths);
    expect(await execute(page)).toMatchObject(uploaded);
    expect(await execute(page)).toMatchObject({
      data: { uploadHostnameCertificate: { userErrors: [{ message: expect.any(String) }] } },
    });

    filesOf(await aCertificate({ keyType: 'rsa' }));
    await expectNotSent(
      open,
      /Nothing was sent: <client\.\w+> was changed or removed since it was chosen. Choose it/,
    );
    await choose(page, paths);
    expect(await variablesIn(page)).toMatchObject({ input: { privateKey: '<client.key>' } });
    expect(await execute(page)).toMatchObject(uploaded);
  }, 60_000);

  it('Files with the same name stay apart', async () => {
    await using open = await anUploadPage();
    const { page } = open;
    const [one, two] = [await aCertificate(), await aCertificate({ keyType: 'rsa' })];
    await choose(page, filesOf(one, 'one'));
    await choose(page, filesOf(two, 'two'));
    const second = { certificate: '<client.pem (2)>', privateKey: '<client.key (2)>' };
    await expectVariables(page, { input: { zoneId: seededZone, ...second } });
    expect(await execute(page)).toMatchObject(uploaded);
    await enter(page, 'Variables', {
      input: { zoneId: seededZone, certificate: '<client.pem>', privateKey: '<client.key>' },
    });
    const sending = page.waitForRequest((request) => isSent(request.url()));
    expect(await execute(page)).toMatchObject(uploaded);
    expect((await sending).postDataJSON()).toMatchObject({
      variables: { input: { certificate: one.certificate, privateKey: one.privateKey } },
    });
  }, 60_000);

  it('Without a file nothing is sent, and the answer names the buttons', async () => {
    await using open = await anUploadPage();
    await expectNotSent(open, /no file is chosen for <certificate file>.*buttons beside Headers/);
    const [certificate] = filesOf(await aCertificate());
    await chooseFile(open.page, 'Certificate file…', certificate);
    await expectNotSent(open, /no file is chosen for <key file>/);
    await open.page.reload();
    await ready(open.page);
    await openExample(open.page, 'UploadHostnameCertificate');
    await expectNotSent(open, /no file is chosen for <certificate file>/);
  }, 60_000);

  it('A file of more than 1 MiB is not sent', async () => {
    await using open = await anUploadPage();
    const [certificate, key] = filesOf(await aCertificate());
    writeFileSync(key, 'A'.repeat(1024 * 1024 + 1));
    await choose(open.page, [certificate, key]);
    await expectNotSent(open, /<client.key> is larger than 1 MiB/);
  }, 60_000);

  it('The refusal of a file that is no certificate says what it is', async () => {
    await using open = await anUploadPage();
    const { certificate, privateKey } = await aCertificate();
    const [wrong, key] = filesOf({
      certificate: certificate + privateKey,
      privateKey,
      fingerprintSha256: '',
    });
    await choose(open.page, [wrong, key]);
    expect(await execute(open.page)).toMatchObject({
      data: {
        uploadHostnameCertificate: {
          userErrors: [
            { message: expect.stringContaining('holds a private key'), field: ['input', 'certificate'] },
          ],
        },
      },
    });
  }, 60_000);

  it('A file takes its place in variables that lack it, and only operations that take files have the buttons', async () => {
    await using open = await anUploadPage();
    const { page } = open;
    const [certificate, key] = filesOf(await aCertificate());
    for (const typed of [{}, { note: 1, input: { zoneId: seededZone } }]) {
      await enter(page, 'Variables', typed);
      await choose(page, [certificate, key]);
      const input = { ...typed.input, certificate: '<client.pem>', privateKey: '<client.key>' };
      await expectVariables(page, { ...typed, input });
    }
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await chooseFile(page, 'Key file…', key);
    await page.getByRole('region', { name: 'Variables' }).waitFor();
    await openExample(page, 'VoidHostname');
    await page.getByRole('button', { name: 'Key file…' }).waitFor({ state: 'detached' });
  }, 60_000);
});

/** Runs the operation: there is no request, and the message is shown. */
async function expectNotSent(
  { page, requests }: { page: Page; requests: readonly string[] },
  message: RegExp,
): Promise<void> {
  const before = requests.filter(isSent).length;
  await press(page);
  const shown = await eventually(async () => {
    const answer = await shownAnswer(page);
    return message.test(JSON.stringify(answer)) ? answer : undefined;
  });
  expect(shown).toEqual({ errors: [{ message: expect.stringContaining('Nothing was sent') }] });
  expect(requests.filter(isSent)).toHaveLength(before);
}

/** The lines of the key that are in any string of the page, after what is no longer used is gone. */
async function keyLinesInHeap(page: Page, privateKey: string): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  const snapshot = chunks.join('');
  expect(snapshot).toContain('Key file');
  return privateKey
    .trim()
    .split('\n')
    .slice(1, -1)
    .filter((line) => snapshot.includes(line));
}
