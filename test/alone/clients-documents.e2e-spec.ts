import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scratchFolder } from '../support/basics/scratch.js';
import { clientModule, installClients } from '../support/clients/installed.js';
import { aProject } from '../support/clients/project.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { startStage } from '../support/gateway/stage.js';
import { call } from '../support/http/http.js';
import { bearer, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

type Ask = (options: object) => Promise<unknown>;
type Texts = Readonly<Record<string, string>>;

const page = readFileSync('docs/graphql.md', 'utf8');

/** Starts a gateway with the file as its whole list, and asks for each query of it by the id that the file gives it. */
async function askForEach(file: string): Promise<{ readonly ids: string[]; readonly statuses: number[] }> {
  await using stage = await startStage({}, { GRAPHQL_DOCUMENTS: 'only', GRAPHQL_DOCUMENTS_FILE: file });
  const texts = JSON.parse(readFileSync(file, 'utf8')) as Texts;
  const ids = Object.keys(texts).filter((id) => /(?:^|\s)query/.test(texts[id] ?? ''));
  const statuses: number[] = [];
  for (const documentId of ids) {
    const variables = { id: seededZone, zone: seededZone };
    const body = { documentId, variables };
    const reply = await call(`${stage.gateway.url}/graphql`, 'POST', { headers: stage.bearer, body });
    expect(reply.body.toString()).toContain(`"id":"${seededZone}"`);
    statuses.push(reply.status);
  }
  return { ids, statuses };
}

describe('Files of persisted documents as tools write them', () => {
  beforeAll(() => installClients(), 5 * 60 * 1000);

  it.each([
    ['with the algorithm of docs/graphql.md', { algorithm: 'SHA256' }, /^[0-9a-f]{64}$/],
    ['with its default algorithm, MD5', {}, /^[0-9a-f]{32}$/],
  ])('The gateway takes the file of Relay %s', async (_, options, form) => {
    expect(page).toContain('"persistConfig": { "file": "./documents.json", "algorithm": "SHA256" }');
    using project = aProject('relay');
    const config = join(project.folder, 'relay.config.json');
    const given = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(
      config,
      JSON.stringify({ ...given, persistConfig: { file: './documents.json', ...options } }),
    );
    // The compiler adds to a file, and makes none.
    writeFileSync(join(project.folder, 'documents.json'), '{}');
    await project.run('relay-compiler');
    const { ids, statuses } = await askForEach(join(project.folder, 'documents.json'));
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(id).toMatch(form);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('The gateway takes the file of GraphQL Code Generator', async () => {
    expect(page).toContain('`presetConfig: { persistedDocuments: true }`');
    using project = aProject('codegen');
    const config = {
      schema: 'schema.graphql',
      documents: 'src/**/*.graphql',
      generates: { 'src/gql/': { preset: 'client', presetConfig: { persistedDocuments: true } } },
    };
    writeFileSync(join(project.folder, 'codegen.json'), JSON.stringify(config));
    await project.run('graphql-codegen', '--config', 'codegen.json');
    const { ids, statuses } = await askForEach(join(project.folder, 'src/gql/persisted-documents.json'));
    expect([ids.length, statuses]).toEqual([1, [200]]);
  });
});

describe('Apollo Client with PersistedQueryLink', () => {
  const query = 'query Enabled($zone: ID!) {\n  zone(id: $zone) {\n    __typename\n    id\n  }\n}';
  const other = 'query Other($zone: ID!) {\n  zone(id: $zone) {\n    id\n  }\n}';
  let folder: string;
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;
  let askWithApollo: Ask;
  beforeAll(
    async () => {
      await installClients();
      ({ askWithApollo } = clientModule<{ askWithApollo: Ask }>('pages/documents.js'));
      folder = scratchFolder('clients-documents');
      writeFileSync(join(folder, 'enabled.graphql'), query);
      sandbox = await startSandbox();
      gateway = await startGateway({
        upstream: sandbox.url,
        GRAPHQL_DOCUMENTS: 'allow',
        GRAPHQL_DOCUMENTS_FILE: folder,
      });
    },
    5 * 60 * 1000,
  );
  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const asking = () => {
    const sent: string[] = [];
    const counting = (url: string, options: { readonly body: string }) => {
      sent.push(options.body);
      return fetch(url, options);
    };
    const variables = { zone: seededZone };
    return { sent, url: `${gateway.url}/graphql`, headers: bearer, fetch: counting, variables };
  };

  it('Gets a document of the list by its hash, in one request', async () => {
    const { sent, ...options } = asking();
    const data = await askWithApollo({ ...options, query });
    expect(data).toMatchObject({ zone: { id: seededZone } });
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toContain('query Enabled');
  });

  it('Sends the whole document where its hash is not found, and gets its answer', async () => {
    const { sent, ...options } = asking();
    const data = await askWithApollo({ ...options, query: other });
    expect(data).toMatchObject({ zone: { id: seededZone } });
    expect(sent.map((body) => body.includes('query Other'))).toEqual([false, true]);
  });
});
