import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runToExit, startProcess } from '../support/gateway/process.js';
import { scratchFolder } from '../support/basics/scratch.js';

describe('Settings of the gateway', () => {
  let folder: string;
  const files = () => ({
    AUDIT_URL: `file:${join(folder, 'audit.db')}`,
    KEYS_FILE: join(folder, 'keys.json'),
  });
  beforeEach(() => {
    folder = scratchFolder('settings');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('Settings are read without surrounding white space', async () => {
    const gateway = await startProcess({
      ...files(),
      KEYS_FILE: `${files().KEYS_FILE}\n`,
      LOG_LEVEL: 'info ',
      HOST: '[::1]\r',
      PROT: '99',
    });
    expect(gateway.url).toContain('http://[::1]:');
    expect(gateway.output().match(/PROT is not a setting: did you mean PORT\?/g)).toHaveLength(1);
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(expect.arrayContaining(['audit.db', 'keys.json']));
    expect(readdirSync(folder).filter((name) => /\s/.test(name))).toEqual([]);
  });

  it('The gateway names each invalid setting once before it creates a file', async () => {
    const { code, output } = await runToExit({
      ...files(),
      HOST: 'x86_64-conda-linux-gnu',
      METRICS_HOST: '198.51.100.7',
      METRICS_PORT: 'tcp://10.96.0.12:9464',
      LOG_LEVEL: '"info"',
      AUDIT_URL: 'mysql://hunter2',
      REDIS_URL: 'redis://hunter2/xx',
      CLOUDFLARE_BASE_URL: 'http://example.com',
      METRIC_PORT: '1',
    });
    expect(code).toBe(1);
    const lines = output.trim().split('\n');
    expect(lines.slice(1).map((line) => line.trim().split(/[: ]/)[0])).toEqual([
      'HOST',
      'CLOUDFLARE_BASE_URL',
      'REDIS_URL',
      'AUDIT_URL',
      'KEYS_FILE',
      'METRICS_HOST',
      'METRICS_PORT',
      'LOG_LEVEL',
      'METRIC_PORT',
    ]);
    expect(output).toContain('HOST: x86_64-conda-linux-gnu is not a name or address of this machine');
    expect(output).toContain('METRICS_HOST: 198.51.100.7 is not a name or address of this machine');
    expect(output).not.toMatch(/hunter2|"from"/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('PORT and METRICS_PORT with the same port are refused before a file is created', async () => {
    const { output } = await runToExit({ ...files(), PORT: '39217', METRICS_PORT: '39217' });
    expect(output).toContain('METRICS_PORT: 39217 is taken');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('Settings of the demo', () => {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder('demo-settings');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const demo = (environment: Record<string, string>) => {
    const path = { PATH: process.env['PATH'] };
    const program = join(process.cwd(), 'dist/scripts/demo.js');
    return spawnSync(process.execPath, [program], { cwd: folder, env: { ...path, ...environment } });
  };

  it('The demo names invalid settings of the gateway and of the sandbox at once', () => {
    const { status, stderr } = demo({
      PORT: 'http',
      LOG_LEVEL: 'loud',
      SANDBOX_PORT: '99999',
      SANDBOX_ANY_ZONE: 'x',
    });
    expect(status).toBe(1);
    for (const name of ['PORT:', 'LOG_LEVEL:', 'SANDBOX_PORT', 'SANDBOX_ANY_ZONE']) {
      expect(stderr.toString()).toContain(name);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('The demo refuses one port for gateway and sandbox before it creates a file', () => {
    const { status, stderr } = demo({ PORT: '39218', METRICS_PORT: '0', SANDBOX_PORT: '39218' });
    expect([status, stderr.toString()]).toEqual([1, expect.stringContaining('PORT: 39218 is taken')]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('Older versions of Node.js', () => {
  const older = ['/usr/bin/node', '/usr/local/bin/node'].find(
    (path) => existsSync(path) && /^v(1\d|2[0-3])\./.test(spawnSync(path, ['--version']).stdout.toString()),
  );
  const programs = [
    'src/main.js',
    'src/gateway/audit/tools/cli.js',
    'src/platform/keys/keys-cli.js',
    'src/gateway/access/managed/access-cli.js',
    'scripts/demo.js',
  ];

  (older === undefined ? it.skip : it).each(programs)(
    'The program %s refuses an older Node.js in one sentence',
    (program) => {
      const { status, stderr } = spawnSync(older ?? '', [`dist/${program}`]);
      expect(status).toBe(1);
      expect(stderr.toString()).toMatch(/^This is Node\.js [^\n]* needed\.[^\n]*\n$/);
    },
  );

  it.each(programs)('The program %s imports only its version check before that check runs', (program) => {
    const source = spawnSync('cat', [`dist/${program}`]).stdout.toString();
    expect(source.match(/^import .*/gm)).toEqual([expect.stringMatching(/node-version\.js'/)]);
  });
});

describe('Installations without development dependencies', () => {
  let folder: string;
  beforeAll(() => {
    folder = scratchFolder('installed');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(process.cwd(), 'scripts'), join(folder, 'scripts'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (script: string) =>
    spawnSync(process.execPath, [script], { cwd: folder, env: { NODE_ENV: 'production' } });

  it('Build and start name npm ci --include=dev where dependencies are missing', () => {
    const build = run('scripts/is-installed.mjs');
    expect([build.status, build.stderr.toString()]).toEqual([
      1,
      expect.stringContaining('npm ci --include=dev'),
    ]);
    const start = run('scripts/is-built.mjs');
    expect([start.status, start.stderr.toString()]).toEqual([
      1,
      expect.stringContaining('npm ci --include=dev'),
    ]);
  });
});
