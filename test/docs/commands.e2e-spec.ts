import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aptInstall, mayInstall } from '../support/servers/apt.js';
import { type RunningDemo, startDemo } from '../support/gateway/demo.js';
import { blocksOf, pages, rowsOf } from '../support/basics/pages.js';
import { startProcess } from '../support/gateway/process.js';
import { scratchFolder } from '../support/basics/scratch.js';

const root = process.cwd();
const read = (page: string) => readFileSync(page, 'utf8');
const isThere = (command: string) => spawnSync('which', [command]).status === 0;
const inDocumentation = 'http://127.0.0.1:3000';

describe('The documentation, beside the demo', () => {
  const folder = scratchFolder('docs');
  let demo: RunningDemo;
  beforeAll(async () => {
    for (const command of ['curl', 'jq']) {
      if (!isThere(command) && mayInstall()) await aptInstall(command, `/usr/bin/${command}`);
    }
    demo = await startDemo(folder);
  });
  afterAll(async () => {
    await demo.end();
    rmSync(folder, { recursive: true });
  });

  /** Runs all of them in one shell, as a reader does who goes through a page, and resolves to what each prints. */
  const outputsOf = (blocks: readonly string[]): string[] => {
    const script = blocks
      .map((block) => `${block}\nprintf '\\0'\n`)
      .join('')
      .replaceAll(inDocumentation, demo.url)
      .replaceAll('npm run audit --', 'node dist/src/gateway/audit/tools/cli.js')
      .replaceAll('dist/src/', `${root}/dist/src/`);
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, NODE_NO_WARNINGS: '1' },
      encoding: 'utf8',
      timeout: 100_000,
    });
    if (status !== 0) throw new Error(`${status}\n${stdout}\n${stderr}`);
    return stdout.split('\0').slice(0, -1);
  };

  it('shows in the README what the first query answers, uploads a certificate, and reads over REST', () => {
    const readme = read('README.md');
    const [query = '', upload = '', rest = ''] = outputsOf(blocksOf(readme, 'sh'));
    const [shown = ''] = blocksOf(readme, 'json');
    expect(JSON.parse(query)).toEqual(JSON.parse(shown));
    expect(JSON.parse(upload)).toMatchObject({
      data: {
        uploadZoneCertificate: { certificate: { id: expect.any(String) }, warnings: [], userErrors: [] },
      },
    });
    expect(JSON.parse(rest)).toMatchObject({ success: true, result: { enabled: true } });
  });

  it('has an example in the README that the TypeScript SDK runs', () => {
    const [example = ''] = blocksOf(read('README.md'), 'ts');
    const script = example.replaceAll(inDocumentation, demo.url);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module-typescript', '-e', script],
      { cwd: root, encoding: 'utf8', timeout: 60_000 },
    );
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^\S+ active 2/), '']);
  });

  it.each(pages().filter((page) => page !== 'README.md' && blocksOf(read(page), 'sh').length > 0))(
    'has commands in %s that all succeed, in their order',
    (page) => {
      const blocks = blocksOf(read(page), 'sh');
      expect(outputsOf(blocks)).toHaveLength(blocks.length);
    },
  );
});

describe('The table of metrics', () => {
  it('has every metric that a gateway serves', async () => {
    const gateway = await startProcess({});
    const text = await (await fetch(gateway.metricsUrl)).text();
    await gateway.stop('SIGINT');
    const served = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name);
    const own = served.filter((name) => !/^(process|nodejs)_/.test(name));
    const told = rowsOf(read('docs/operations.md'), 'name').map(([name = '']) => name.replaceAll('`', ''));
    expect(told.filter((name) => !name.includes('*')).sort()).toEqual(own.sort());
  });
});
