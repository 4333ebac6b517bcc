import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../../../test/support/basics/scratch.js';
import { accessCli } from './access-command.js';
import { digestOfApiKey, idOfApiKey, newApiKey } from './api-key.js';
import { parseAccessFile } from './parse-access-file.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const upstreamToken = 'secret-token-of-the-upstream';

describe('npm run access', () => {
  const folder = scratchFolder('access-command');
  const path = join(folder, 'access.json');
  const { id, key } = newApiKey();
  const content = {
    issuers: [
      {
        name: 'idp',
        issuer: 'https://idp.test',
        jwks: 'https://idp.test/jwks',
        audience: ['us'],
        algorithms: ['RS256'],
      },
    ],
    keys: [{ id, name: 'billing', sha256: digestOfApiKey(key), notAfter: '2099-01-01' }],
    grants: [
      { issuer: 'idp', claims: { groups: 'edge' }, role: 'viewer', zones: [zone] },
      { key: 'billing', role: 'operator', zones: ['*'] },
    ],
    upstream: [{ name: 'prod', tokenFile: 'token', zones: ['*'] }],
  };
  const put = (changes: object = {}, mode = 0o600) => {
    writeFileSync(path, JSON.stringify({ ...content, ...changes }));
    writeFileSync(join(folder, 'token'), `${upstreamToken}\n`);
    chmodSync(join(folder, 'token'), mode);
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(...args: string[]) {
    const lines: string[] = [];
    const code = await accessCli(args, (line) => lines.push(line), {});
    const output = lines.join('\n');
    expect(output).not.toContain(upstreamToken);
    expect(output).not.toContain(key);
    return { code, output };
  }
  const explain = (...args: string[]) => run('explain', '--file', path, '--zone', zone, ...args);

  it('check: 0 with a file that can be used, and its digest', async () => {
    put();
    const { code, output } = await run('check', '--file', path);

    expect(code).toBe(0);
    expect(output).toMatch(
      /can be used \(issuers: 1, API keys: 1, grants: 2, upstream: 1\)\. SHA-256 [0-9a-f]{64}$/,
    );
  });

  it('check: 1 with a file that cannot, each problem in a line', async () => {
    put({ keys: [{ ...content.keys[0], id: '' }], upstream: [] });
    const broken = await run('check', '--file', path);
    put({ grants: [], upstream: [] });
    const empty = await run('check', '--file', path);
    put({}, 0o644);
    const open = await run('check', '--file', path);
    const none = await run('check', '--file', join(folder, 'none.json'));

    expect([broken.code, empty.code, open.code, none.code]).toEqual([1, 1, 1, 1]);
    expect(broken.output).toContain('keys[0].id: must be 8 letters or digits');
    expect(empty.output.split('\n')).toHaveLength(2);
    expect(open.output).toContain('upstream[0].tokenFile: others may use');
    expect(none.output).toContain('does not exist');
  });

  it('check: 1 with a file of keys that cannot be used', async () => {
    put({ issuers: [{ ...content.issuers[0], jwks: undefined, jwksFile: 'keys.json' }] });
    const missing = await run('check', '--file', path);
    writeFileSync(join(folder, 'keys.json'), '{"keys":[]}', { mode: 0o644 });
    const empty = await run('check', '--file', path);
    writeFileSync(join(folder, 'keys.json'), '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}');
    const usable = await run('check', '--file', path);

    expect([missing.code, empty.code, usable.code]).toEqual([1, 1, 0]);
    expect(missing.output).toMatch(/issuers\[0\]\.jwksFile: .*keys\.json does not exist/);
    expect(empty.output).toContain('is not a JSON Web Key Set with a public key');
  });

  it('check: warns of grants that allow nothing', async () => {
    put({ keys: [] });

    expect(await run('check', '--file', path)).toMatchObject({
      code: 0,
      output: expect.stringContaining('warning: grants[1].key: there is no API key of this name'),
    });
  });

  it('explain: 0 if an action is allowed, 3 if not, with the line that decides', async () => {
    put();
    const allowed = await explain('--actor', 'key|billing', '--action', 'hostname.update');
    const notAllowed = await explain('--actor', 'key|billing', '--action', 'settings.update');
    const byClaim = await explain(
      '--actor',
      'idp|ada|x',
      '--action',
      'settings.get',
      '--claims',
      '{"groups":["edge"]}',
    );
    const withoutClaim = await explain('--actor', 'idp|ada', '--action', 'settings.get');

    expect(allowed).toMatchObject({
      code: 0,
      output: expect.stringContaining('allowed by grants[1]: the role operator'),
    });
    expect(notAllowed).toMatchObject({ code: 3, output: expect.stringContaining('grants[1] (operator)') });
    expect(byClaim).toMatchObject({ code: 0, output: expect.stringContaining('allowed by grants[0]') });
    expect(withoutClaim).toMatchObject({
      code: 3,
      output: expect.stringContaining('no grant is for idp|ada'),
    });
  });

  it('explain: takes the claims as they are where one of them names the actor', async () => {
    const issuers = [{ ...content.issuers[0], subject: ['sub', 'common_name'] }];
    const grants = ['sub', 'common_name'].map((name) => ({
      issuer: 'idp',
      claims: { [name]: 'rotator' },
      role: 'viewer',
      zones: [zone],
    }));
    put({ issuers, grants });
    const asked = ['--actor', 'idp|rotator', '--action', 'settings.get'];

    const byName = await explain(...asked, '--claims', '{"sub":"","common_name":"rotator"}');
    const bySub = await explain(...asked);

    expect(byName.output).toContain('allowed by grants[1]');
    expect(bySub.output).toContain('allowed by grants[0]');
  });

  it('explain: 3 where no token in upstream is for the zone, because calls are refused', async () => {
    put({ upstream: [{ name: 'prod', tokenFile: 'token', zones: ['0'.repeat(32)] }] });
    const read = await explain('--actor', 'key|billing', '--action', 'settings.get');
    const audit = await explain('--actor', 'key|billing', '--action', 'audit.read');

    expect(read).toMatchObject({
      code: 3,
      output: expect.stringContaining('no token in upstream is for this zone'),
    });
    expect(audit).toMatchObject({ code: 0, output: expect.not.stringContaining('upstream') });
  });

  it.each([
    [['--actor', 'key|nobody', '--action', 'settings.get'], '--actor must be one of idp|<sub>, key|billing'],
    [['--actor', 'idp|', '--action', 'settings.get'], '--actor must be one of'],
    [['--actor', 'ada', '--action', 'settings.get'], '--actor must be one of'],
    [['--actor', 'key|billing', '--action', 'read'], '--action must be one of'],
    [['--actor', 'key|billing'], 'Give --actor, --zone and --action.'],
    [['--actor', 'idp|ada', '--action', 'settings.get', '--claims', '[]'], '--claims must be a JSON object'],
    [['--actor', 'idp|ada', '--action', 'settings.get', '--claims', '{'], '--claims must be a JSON object'],
    [['--actor', 'key|billing', '--action', 'settings.get', '--zone', 'example.com'], '--zone must be'],
  ])('explain %j: 2 and %s', async (args, message) => {
    put();
    expect(await explain(...args)).toMatchObject({ code: 2, output: expect.stringContaining(message) });
  });

  it('key: makes a key, and shows it once, beside what the access file needs', async () => {
    const { code, output } = await run('key', '--name', 'ci', '--days', '90');
    const [made = ''] = output.match(/opg_\w+/) ?? [];
    const [entry = ''] = output.match(/\{.*\}/) ?? [];

    expect(code).toBe(0);
    expect(output.split(made)).toHaveLength(2);
    expect(output.split(made.slice(12, 55))).toHaveLength(2);
    expect(JSON.parse(entry)).toMatchObject({
      id: idOfApiKey(made),
      name: 'ci',
      sha256: digestOfApiKey(made),
    });
    const more = {
      keys: [JSON.parse(entry) as object],
      grants: [{ key: 'ci', role: 'viewer', zones: ['*'] }],
    };
    expect(parseAccessFile(path, JSON.stringify({ ...content, ...more })).keys).toHaveLength(1);
  });

  it.each([
    [[]],
    [['nothing']],
    [['check', 'more', '--file', path]],
    [['check']],
    [['check', '--unknown']],
    [['key', '--name', 'a b', '--days', '1']],
    [['key', '--name', 'a', '--days', '0']],
    [['key', '--name', 'a', '--days', '3651']],
    [['key', '--name', 'a', '--days', '1.5']],
    [['key', '--name', 'a']],
  ])('%j: 2 and how it is used', async (args) => {
    expect(await run(...args)).toMatchObject({
      code: 2,
      output: expect.stringContaining('npm run access --'),
    });
  });

  it('--help: 0', async () => {
    expect(await run('--help')).toMatchObject({ code: 0 });
  });
});
