import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { rowsOf } from '../support/basics/pages.js';
import { go0, goSdks, pythonSdks, terraform4, terraform5 } from '../support/clients/other-clients.js';
import { sdkVersions } from '../support/http/sdk.js';

const page = readFileSync('docs/clients.md', 'utf8');
const [graphql = '', rest = ''] = page.split('\n## REST\n');
const versionsIn = (table: string) =>
  Object.fromEntries(
    rowsOf(table, 'client').map(([client = '', versions = '']) => [client, versions.split(', ')]),
  );

describe('The tables of clients', () => {
  const { dependencies } = JSON.parse(readFileSync('test/clients/package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };

  it('The table of GraphQL clients has the versions of the packages that the tests install', () => {
    const own = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(versionsIn(graphql)).toEqual({
      'Apollo Client': [dependencies['@apollo/client']],
      'urql with Graphcache': [dependencies['@urql/core'], dependencies['@urql/exchange-graphcache']],
      'urql with its document cache': [own.devDependencies['@urql/core']],
      'Relay: compiler, react-relay': [dependencies['relay-compiler']],
      'GraphQL Code Generator, client preset': [
        dependencies['@graphql-codegen/cli'],
        dependencies['@graphql-codegen/client-preset'],
      ],
    });
    expect(dependencies['react-relay']).toBe(dependencies['relay-compiler']);
  });

  it('The table of REST clients has the versions of the packages, and those that the tests send as', () => {
    const versions = Object.groupBy(
      [...goSdks, go0, ...pythonSdks, terraform5, terraform4],
      ({ name }) => name,
    );
    expect(versionsIn(rest)).toEqual({
      'openapi-typescript, Redocly CLI': [dependencies['openapi-typescript'], dependencies['@redocly/cli']],
      'TypeScript SDK': sdkVersions.map(({ version }) => version).reverse(),
      ...Object.fromEntries(
        Object.entries(versions).map(([name, all]) => [name, all?.map(({ version }) => version)]),
      ),
    });
  });
});
