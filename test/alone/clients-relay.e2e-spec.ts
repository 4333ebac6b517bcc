import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocksOf } from '../support/basics/pages.js';
import { installClients } from '../support/clients/installed.js';
import { aProject, type Project } from '../support/clients/project.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { aChange, changing, deleting, type Input } from '../support/graphql/mutations.js';
import { pathOf, seededZone, zoneCertificate } from '../support/http/requests.js';

/** What the page renders. */
interface Element {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly children: readonly Element[] | null;
}

interface Result {
  readonly shown: readonly Element[];
  /** The operations that were sent. */
  readonly sent: readonly string[];
}

type Step = { readonly press: string } | { readonly mutation: string; readonly input: Input };

describe('A page of React and Relay', () => {
  const aStage = sharedStage();
  let project: Project;
  beforeAll(
    async () => {
      await installClients();
      project = aProject('relay');
      const [fragment = ''] = blocksOf(readFileSync('docs/clients.md', 'utf8'), 'js');
      writeFileSync(join(project.folder, 'src/Hostnames.js'), fragment);
      await project.run('relay-compiler');
      await project.run('build.js');
    },
    5 * 60 * 1000,
  );
  afterAll(() => project[Symbol.dispose]());

  /** What it shows at first and after each step. */
  async function resultsOf({ gateway, bearer }: Stage, ...steps: Step[]): Promise<Result[]> {
    const options = { url: `${gateway.url}/graphql`, headers: bearer, zone: seededZone, steps };
    return JSON.parse(await project.run('src/run.js', JSON.stringify(options))) as Result[];
  }

  const propsOf = ({ shown }: Result, type: string) =>
    shown.filter((each) => each.type === type).map(({ props }) => props);
  const hostnamesOf = ({ shown }: Result) =>
    shown.flatMap(({ children }) => children ?? []).map(({ props }) => props);
  const active = (name: string, enabled: boolean) => ({ name, enabled, certificate: 'ACTIVE' });
  const old = { name: 'old.example.com', enabled: null, certificate: 'PENDING_DELETION' };

  it('Has a query for the next page of the fragment that docs/clients.md shows', () => {
    expect(existsSync(join(project.folder, 'src/__generated__/HostnamesQuery.graphql.js'))).toBe(true);
  });

  it('Shows the first page of hostnames, and adds the second by the query of its fragment on Zone', async () => {
    const [first, second] = await resultsOf(await aStage(), { press: 'loadNext' });
    if (!first || !second) throw new Error('There are too few results.');

    expect(first.sent).toEqual(['pageZoneQuery']);
    expect(propsOf(first, 'settings')).toEqual([{ enabled: true }]);
    expect(propsOf(first, 'hostnames')).toEqual([{ totalCount: 3, hasNext: true }]);
    expect(hostnamesOf(first)).toEqual([
      active('app.example.com', true),
      active('legacy.example.com', false),
    ]);

    expect(second.sent).toEqual(['pageHostnamesQuery']);
    expect(propsOf(second, 'hostnames')).toEqual([{ totalCount: 3, hasNext: false }]);
    expect(hostnamesOf(second)).toEqual([...hostnamesOf(first), old]);
  });

  it('Shows the lists of a zone as they are after a mutation, without a query', async () => {
    const stage = await aStage();
    const [before, updated, deleted] = await resultsOf(
      stage,
      {
        mutation: 'updateHostnames',
        input: changing(
          aChange({ hostname: 'aa.example.com' }),
          aChange({ hostname: 'app.example.com', action: 'DISABLE' }),
        ),
      },
      { mutation: 'deleteZoneCertificate', input: deleting(zoneCertificate) },
    );
    if (!before || !updated || !deleted) throw new Error('There are too few results.');

    expect(updated.sent).toEqual(['pageUpdateHostnamesMutation']);
    expect(propsOf(updated, 'hostnames')).toEqual([{ totalCount: 4, hasNext: true }]);
    expect(hostnamesOf(updated)).toEqual([active('aa.example.com', true), active('app.example.com', false)]);

    expect(deleted.sent).toEqual(['pageDeleteZoneCertificateMutation']);
    expect(propsOf(before, 'certificate').map(({ status }) => status)).toContain('ACTIVE');
    expect(propsOf(deleted, 'certificate').map(({ status }) => status)).not.toContain('ACTIVE');
    const [afresh] = await resultsOf(stage);
    expect(deleted.shown).toEqual(afresh?.shown);
  });

  it('Reads one hostname and one certificate again by their ids', async () => {
    const stage = await aStage();
    const results = await resultsOf(stage, { press: 'app.example.com' }, { press: 'certificate' });
    expect(results.map(({ sent }) => sent)).toEqual([
      ['pageZoneQuery'],
      ['pageHostnameQuery'],
      ['pageCertificateQuery'],
    ]);
    const [first, ...others] = results;
    for (const { shown } of others) expect(shown).toEqual(first?.shown);
    const reads = stage.recorder.exchanges.map(({ url }) => url.replace('/client/v4', ''));
    expect(reads).toEqual(expect.arrayContaining([pathOf('/hostnames/app.example.com')]));
  });
});
