import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { aptInstall, mayInstall } from '../support/servers/apt.js';
import { type RunningDemo, startDemo } from '../support/gateway/demo.js';
import { blocksOf, pages, rowsOf } from '../support/basics/pages.js';
import { startProcess } from '../support/gateway/process.js';
import { scratchFolder } from '../support/basics/scratch.js';

/** Rejects with the standard error of a command that fails. */
const run = promisify(execFile);
const root = process.cwd();
const read = (page: string) => readFileSync(page, 'utf8');
const isThere = (command: string) => spawnSync('which', [command]).status === 0;
const inDocumentation = 'http://127.0.0.1:3000';

/** Pages that send a credential of the demo in managed mode are run beside it. */
const argumentsFor = (page: string) =>
  blocksOf(page, 'sh').some((block) => /data\/demo\/\w+\.(?:jwt|key)/.test(block)) ? ['--managed'] : [];

/** A demo of the test's own, as new. */
async function aPlace(page: string) {
  const folder = scratchFolder('docs');
  const demo: RunningDemo = await startDemo(folder, ...argumentsFor(page));

  /** Runs the blocks of a page in one shell, as a reader does, and resolves to what each of them prints. */
  const outputsOf = async (blocks: readonly string[]): Promise<string[]> => {
    const script = blocks
      .map((block) => `${block}\nprintf '\\0'\n`)
      .join('')
      .replaceAll(inDocumentation, demo.url)
      .replaceAll('npm run audit --', 'node dist/src/gateway/audit/tools/cli.js')
      .replaceAll('npm run access --', 'node dist/src/gateway/access/managed/access-cli.js')
      .replaceAll('dist/src/', `${root}/dist/src/`);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, NODE_NO_WARNINGS: '1' },
      timeout: 100_000,
    });
    return stdout.split('\0').slice(0, -1);
  };
  return {
    demo,
    outputsOf,
    /** What docs/for-a-service.md takes from the environment. */
    apiKey: () => {
      const file = join(folder, 'data/demo/operator.key');
      return existsSync(file) ? { ORIGIN_PULLS_KEY: readFileSync(file, 'utf8').trim() } : {};
    },
    [Symbol.asyncDispose]: async () => {
      await demo.end();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('The documentation beside the demo', () => {
  beforeAll(async () => {
    for (const command of ['curl', 'jq']) {
      if (!isThere(command) && mayInstall()) await aptInstall(command, `/usr/bin/${command}`);
    }
  });

  // The longest page first: the others run beside it.
  it.concurrent.each(
    pages()
      .filter((page) => page !== 'README.md' && blocksOf(read(page), 'sh').length > 0)
      .reverse(),
  )('All commands of %s succeed in their order', async (page) => {
    await using place = await aPlace(read(page));
    const blocks = blocksOf(read(page), 'sh');
    expect(await place.outputsOf(blocks)).toHaveLength(blocks.length);
  });

  it.concurrent('The commands of the README query, upload and read, and print what it shows', async () => {
    const readme = read('README.md');
    await using place = await aPlace(readme);
    const [query = '', upload = '', rest = ''] = await place.outputsOf(blocksOf(readme, 'sh'));
    const [shown = ''] = blocksOf(readme, 'json');
    expect(JSON.parse(query)).toEqual(JSON.parse(shown));
    expect(JSON.parse(upload)).toMatchObject({
      data: {
        uploadZoneCertificate: { certificate: { id: expect.any(String) }, warnings: [], userErrors: [] },
      },
    });
    expect(JSON.parse(rest)).toMatchObject({ success: true, result: { enabled: true } });
  });

  it.concurrent.each(['README.md', 'docs/for-a-service.md'])(
    'The TypeScript SDK runs the example of %s',
    async (page) => {
      await using place = await aPlace(read(page));
      const [example = ''] = blocksOf(read(page), 'ts');
      const script = example.replaceAll(inDocumentation, place.demo.url);
      const { stdout, stderr } = await run(
        process.execPath,
        ['--no-warnings', '--input-type=module-typescript', '-e', script],
        { cwd: root, timeout: 60_000, env: { PATH: process.env['PATH'], ...place.apiKey() } },
      );
      expect([stdout, stderr]).toEqual([expect.stringMatching(/^\S+ active 2/), '']);
    },
  );

  it.concurrent('The table of metrics has every metric that a gateway serves', async () => {
    const gateway = await startProcess({});
    const text = await (await fetch(gateway.metricsUrl)).text();
    await gateway.stop('SIGINT');
    const served = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name);
    const own = served.filter((name) => !/^(process|nodejs)_/.test(name));
    const told = rowsOf(read('docs/operations.md'), 'name').map(([name = '']) => name.replaceAll('`', ''));
    expect(told.filter((name) => !name.includes('*')).sort()).toEqual(own.sort());
  });
});
