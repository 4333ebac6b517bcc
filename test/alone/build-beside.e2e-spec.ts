import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endsWithUs } from '../support/basics/ends-with-us.js';
import { call } from '../support/http/http.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { scratchFolder } from '../support/basics/scratch.js';

/** What a build reads and writes. */
const parts = [
  ...['src', 'sandbox', 'scripts', 'bench', 'playground', 'dist'],
  ...['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'],
];
const buildTakesAtMostMs = 240_000;
/** The build has the processor between two rounds of requests. */
const roundEveryMs = 250;

describe('A build beside a running gateway', () => {
  const copy = scratchFolder('build-beside');
  const assets = join(copy, 'dist/playground/assets');
  // It is copied as it is, so that each build has it under the same name.
  const icon = readdirSync('dist/playground/assets').find((name) => /^icon-\w+\.svg$/.test(name)) ?? '';
  let sandbox: RunningSandbox;
  let gateway: RunningProcess;
  beforeAll(async () => {
    for (const part of parts) cpSync(part, join(copy, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
    // Without this, the build makes the files that are there.
    appendFileSync(join(copy, 'playground/main.ts'), '\ndocument.title += " (another)";\n');
    aged('gone-1.js', 31);
    aged('stays-1.js', 29);
    aged(icon, 400);
    sandbox = await startSandbox();
    gateway = await startProcess({ CLOUDFLARE_BASE_URL: sandbox.url }, [], join(copy, 'dist/src/main.js'));
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop('SIGTERM');
    await sandbox?.close();
    rmSync(copy, { recursive: true, force: true });
  });

  /** A file of an earlier build. */
  const aged = (name: string, days: number) => {
    cpSync(join('dist/playground/assets', icon), join(assets, name));
    const then = Date.now() / 1000 - days * 24 * 60 * 60;
    utimesSync(join(assets, name), then, then);
  };
  let started: Build | undefined;
  /** One for all tests: it takes half a minute. */
  const build = () => (started ??= npmRunBuild(copy));

  const get = async (path: string, accept = '*/*') => {
    const { status, body } = await call(gateway.url + path, 'GET', { headers: { ...bearer, accept } });
    return { status, body: body.toString('latin1') };
  };

  it(
    'A gateway answers every request as before while a build replaces its files',
    async () => {
      const page = await get('/graphql', 'text/html');
      const named = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/${path}`);
      expect(named.length).toBeGreaterThan(2);
      const before = new Map<string, string>();
      for (const path of [...named, '/docs', '/openapi.json']) before.set(path, (await get(path)).body);

      let rounds = 0;
      while (!build().isOver()) {
        rounds += 1;
        expect(await get('/graphql', 'text/html')).toEqual(page);
        for (const [path, body] of before)
          expect([path, await get(path)]).toEqual([path, { status: 200, body }]);
        expect((await get(`/client/v4${pathOf('/settings')}`)).status).toBe(200);
        // Reads by another thread.
        expect((await get(`/audit/events?zone=${seededZone}`)).status).toBe(200);
        await sleep(roundEveryMs);
      }
      expect(await build().ended).toEqual([0, '']);
      expect(rounds).toBeGreaterThan(10);

      for (const [path, body] of before) expect((await get(path)).body).toBe(body);
      const built = readFileSync(join(copy, 'dist/playground/index.html'), 'utf8');
      expect(built).not.toContain(named.find((path) => path.includes('main-')));
      expect(readdirSync(join(copy, 'dist')).filter((name) => name.startsWith('playground-'))).toEqual([]);
    },
    buildTakesAtMostMs,
  );

  it(
    'A build removes the files of builds that are older than a month, and no other file',
    async () => {
      expect(await build().ended).toEqual([0, '']);
      const left = readdirSync(assets);
      expect(left).toContain('stays-1.js');
      expect(left).not.toContain('gone-1.js');
      expect(left).toContain(icon);
      expect(left.filter((name) => statSync(join(assets, name)).size === 0)).toEqual([]);
    },
    buildTakesAtMostMs,
  );
});

interface Build {
  /** Resolves to the exit code, and what was written to standard error. */
  readonly ended: Promise<[number, string]>;
  isOver(): boolean;
}

/** With the Node.js of npm scripts first in the path. */
function npmRunBuild(folder: string): Build {
  const PATH = `${resolve('node_modules/.bin')}:${process.env['PATH']}`;
  const child = endsWithUs(
    spawn('npm', ['run', 'build', '--silent'], {
      cwd: folder,
      env: { PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const ended = once(child, 'close').then(([code]): [number, string] => [code as number, errors]);
  return { ended, isOver: () => child.exitCode !== null };
}
