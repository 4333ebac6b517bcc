import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { settingsSchema } from '../../src/platform/config/settings.js';
import { type ErrorKind, errorKinds, GatewayError } from '../../src/platform/errors/gateway-error.js';
import { limits } from '../../src/api/graphql/limits/limits.js';
import { restErrorOf } from '../../src/api/rest/error-answers.js';
import { anchorsOf, blocksOf, linksOf, pages, rowsOf } from '../support/basics/pages.js';

const read = (page: string) => readFileSync(page, 'utf8');
const inCode = (cell: string) => cell.replaceAll('`', '');

describe('The README', () => {
  it('The README has at most 180 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(180);
  });
});

describe('The command that starts the gateway', () => {
  it('The README, the deployment page and the image start the gateway with the command of npm start', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const command = scripts['start'] ?? '';
    expect(read('README.md')).toContain(`\`${command}\``);
    expect(blocksOf(read('docs/deploy.md'), 'console').join('\n')).toContain(`\n${command} >`);
    expect(read('Dockerfile')).toContain(
      `\nCMD ${JSON.stringify(command.split(' ')).replaceAll(',', ', ')}\n`,
    );
  });
});

describe.each(pages())('Page %s', (page) => {
  it(`Each link of ${page} leads to a file and a heading that exist`, () => {
    const broken = linksOf(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it(`The schema accepts each GraphQL operation of ${page}`, () => {
    const schema = buildSchema(read('schema.graphql'));
    const problems = blocksOf(read(page), 'graphql').flatMap((query) => validate(schema, parse(query)));
    expect(problems).toEqual([]);
  });
});

describe('The index of the documentation', () => {
  it('The index of the documentation names each page', () => {
    const named = linksOf(read('docs/README.md')).map((link) => normalize(join('docs', link)));
    const own = pages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(named).toEqual(expect.arrayContaining(own));
  });
});

describe('The table of error codes', () => {
  const rows = rowsOf(read('docs/rest.md'), 'kind');

  it('The table of errors has each error with its status, code and x-should-retry', () => {
    const kinds = Object.keys(errorKinds) as ErrorKind[];
    const expected = kinds.map((kind) => {
      const { status, headers, codes: integers } = restErrorOf(new GatewayError(kind, ''));
      return [kind, String(status), String(integers[0]), headers['x-should-retry'] ?? 'as told'];
    });
    const told = rows.map(([kind = '', ...others]) => [inCode(kind), ...others.slice(0, 3)]);
    expect(told.sort()).toEqual(expected.sort());
  });

  it('The table of errors explains each error', () => {
    for (const row of rows) expect(row[4]?.length).toBeGreaterThan(10);
  });
});

describe('The table of paths', () => {
  it('The table of paths has each operation, with the permission that it needs', () => {
    const told = rowsOf(read('docs/rest.md'), 'method').map(([method, path = '', , permission]) => [
      method,
      `/zones/{zone_id}${inCode(path)}`,
      permission,
    ]);
    const ofClients = Object.values(operations).filter(({ isZoneless }) => !isZoneless);
    const expected = ofClients.map(({ method, path, permission }) => [
      method,
      path.replace(/:(\w+)/g, '{$1}'),
      permission,
    ]);
    expect(told.sort()).toEqual(expected.sort());
  });
});

describe('The tables of GraphQL', () => {
  it('The table of GraphQL codes has each code of the gateway', () => {
    const told = rowsOf(read('docs/graphql.md'), '`extensions.code`').map(([code = '']) => inCode(code));
    expect(told).toEqual(
      expect.arrayContaining([...new Set(Object.values(errorKinds).map(({ graphql }) => graphql))]),
    );
  });

  it('The table of warnings has those of the schema', () => {
    const [, members = ''] = /enum CertificateWarningCode \{([^}]*)\}/.exec(read('schema.graphql')) ?? [];
    const told = rowsOf(read('docs/graphql.md'), 'warning').map(([code = '']) => inCode(code));
    expect(told.sort()).toEqual((members.match(/^ {2}[A-Z_]+$/gm) ?? []).map((name) => name.trim()).sort());
  });

  it('The table of limits has those of the code', () => {
    const told = rowsOf(read('docs/graphql.md'), 'limit of one operation').map(([, most = '']) => most);
    const inOrder = ['tokens', 'depth', 'aliases', 'rootFields', 'fields', 'upstreamCalls', 'mutationFields'];
    const expected = [...inOrder, 'objects'].map((name) =>
      limits[name as keyof typeof limits].toLocaleString('en'),
    );
    expect(told.slice(0, expected.length)).toEqual(expected);
  });
});

type Default = string | number | boolean | URL | { readonly path: string } | undefined;

/** The text of a default, as it stands in the environment. */
function textOf(value: Default): string {
  if (value === undefined) return 'empty';
  if (value === true) return 'on';
  if (value === false) return 'off';
  if (value instanceof URL) return value.href;
  return typeof value === 'object' ? `file:${value.path}` : String(value);
}

describe('The table of settings', () => {
  it('The table of settings has each setting with its default, in the order of the code', () => {
    const expected = Object.entries(settingsSchema.shape).map(([name, member]) => {
      const { data } = member.safeParse(undefined);
      return [name, textOf(data as Default)];
    });
    const told = rowsOf(read('docs/configuration.md'), 'name').map(([name = '', value = '']) => [
      inCode(name),
      inCode(value),
    ]);
    expect(told).toEqual(expected);
  });

  it('The table of settings agrees with that of the README', () => {
    const all = new Map(rowsOf(read('docs/configuration.md'), 'name').map(([name, value]) => [name, value]));
    const told = rowsOf(read('README.md'), 'name').flatMap(([names = '', values = '']) => {
      const each = names.split(', ');
      return each.map((name, i) => [name, each.length > 1 ? values.split(', ')[i] : values.split(':')[0]]);
    });
    for (const [name, value] of told) expect([name, all.get(name)?.split(':')[0]]).toEqual([name, value]);
  });

  it('The table of settings has each setting that the table of lifetimes names', () => {
    const named = rowsOf(read('docs/cache.md'), 'answer').map(([, , setting = '']) => inCode(setting));
    const known = Object.keys(settingsSchema.shape);
    expect(known).toEqual(expect.arrayContaining(named.filter((name) => name !== '')));
  });
});
