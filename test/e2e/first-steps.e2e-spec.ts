import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { examples } from '../../playground/examples.js';
import { runAudit } from '../support/audit/audit-command.js';
import { demoToken, type RunningDemo, startDemo } from '../support/gateway/demo.js';
import { scratchFolder } from '../support/basics/scratch.js';

const authorization = `Bearer ${demoToken}`;

describe('The demo', () => {
  const folder = scratchFolder('demo');
  let demo: RunningDemo;
  beforeAll(async () => {
    demo = await startDemo(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const upload = async (openssl: string) => {
    execFileSync('sh', ['-c', openssl], { cwd: folder, stdio: 'ignore' });
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const example = examples.find(({ name }) => name === 'UploadHostnameCertificate');
    const variables = JSON.parse(example?.variables ?? '{}') as { input: object };
    const input = { ...variables.input, certificate: read('leaf.pem'), privateKey: read('leaf.key') };
    const response = await fetch(`${demo.url}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query: example?.query, variables: { input } }),
    });
    return (await response.json()) as object;
  };
  const accepted = {
    data: { uploadHostnameCertificate: { userErrors: [], certificate: { id: expect.any(String) } } },
  };

  it('The demo prints its addresses in its last 24 lines', () => {
    const lines = demo.output().trimEnd().split('\n').slice(-24).join('\n');
    for (const name of ['Playground', 'API docs', 'REST', 'Token', 'Ctrl-C']) expect(lines).toContain(name);
  });

  it('The demo prints a token of the form that Terraform takes, and accepts it and the one of 0.1.0', async () => {
    expect(/^ +Token +(\S+)$/m.exec(demo.output())?.[1]).toBe(demoToken);
    expect(demoToken).toMatch(/^[0-9A-Za-z\-_]{40,80}$/);
    for (const token of [demoToken, 'sandbox-token-read-write']) {
      const url = `${demo.url}/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/origin_tls_client_auth/settings`;
      expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    }
  });

  it('The demo accepts a certificate that the command of the README makes', async () => {
    const command = /openssl req -x509.*/.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '';
    expect(await upload(command)).toMatchObject(accepted);
  });

  it('The demo accepts a certificate that the command in the playground makes', async () => {
    const query = examples.find(({ query }) => query.includes('openssl'))?.query ?? '';
    const comments =
      query
        .match(/^#.*/gm)
        ?.map((line) => line.slice(1))
        .join('\n') ?? '';
    const command = /openssl[\s\S]*?leaf\.pem/.exec(comments)?.[0] ?? '';
    expect(await upload(command)).toMatchObject(accepted);
  });

  it('The API documentation of the demo sends the token of the demo by default', async () => {
    const script = await (await fetch(`${demo.url}/docs/swagger-ui-init.js`)).text();
    expect(script).toContain(`request.headers.Authorization ??= "${authorization}"`);
  });

  it.each([
    ['*/*', 200],
    ['application/json', 200],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 302],
  ])('The path / answers Accept: %s with %d and leads to the documentation', async (accept, status) => {
    const response = await fetch(demo.url, { headers: { accept }, redirect: 'manual' });
    expect(response.status).toBe(status);
    if (status === 302) expect(response.headers.get('location')).toBe('docs');
    else
      expect(await response.json()).toMatchObject({
        graphql: '/graphql',
        docs: '/docs',
        health: '/health/ready',
      });
  });

  it('The audit log of the demo is in data/demo, and verifies with the printed checkpoints', async () => {
    await demo.end();
    expect(readdirSync(join(folder, 'data'))).toEqual(['demo']);
    const request =
      demo
        .output()
        .split('\n')
        .find((line) => line.includes('request {')) ?? '';
    expect(request.length).toBeGreaterThan(20);
    expect(request.length).toBeLessThan(160);
    const log = join(folder, 'demo.log');
    writeFileSync(log, demo.output());
    const files = {
      AUDIT_URL: `file:${join(folder, 'data/demo/audit.db')}`,
      KEYS_FILE: join(folder, 'data/demo/keys.json'),
    };
    const { code, output: said } = await runAudit(['verify', '--checkpoints', log], files);
    expect([code, said]).toEqual([0, expect.stringContaining('saved checkpoint')]);
  });
});

describe('scripts/remove-stale.mjs', () => {
  it('The script removes only compiled files that have no source', () => {
    const folder = scratchFolder('stale');
    const made = [
      'dist/src/a.js',
      'dist/src/a.js.map',
      'dist/src/gone.js',
      'dist/src/gone.js.map',
      'src/a.ts',
    ];
    execFileSync('mkdir', ['-p', join(folder, 'dist/src'), join(folder, 'src')]);
    for (const name of made) writeFileSync(join(folder, name), '');
    const { status } = spawnSync(process.execPath, [join(process.cwd(), 'scripts/remove-stale.mjs')], {
      cwd: folder,
    });
    expect(status).toBe(0);
    expect(readdirSync(join(folder, 'dist/src')).sort()).toEqual(['a.js', 'a.js.map']);
    expect(JSON.parse(readFileSync('nest-cli.json', 'utf8'))).toMatchObject({
      compilerOptions: { deleteOutDir: false },
    });
    rmSync(folder, { recursive: true });
  });
});
