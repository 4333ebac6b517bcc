import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { digestOfApiKey, newApiKey } from '../../src/gateway/access/managed/api-key.js';
import { asBearer } from '../support/access/attacks.js';
import { type ManagedStage, startManagedStage, upstreamToken } from '../support/access/managed-stage.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { startGateway } from '../support/gateway/gateway.js';
import { runToExit } from '../support/gateway/process.js';
import { call } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';

describe('The access file of an attacker', () => {
  let stage: ManagedStage;
  let good: string;

  beforeAll(async () => {
    stage = await startManagedStage();
    good = JSON.stringify(stage.access.content);
  });
  afterAll(async () => await stage?.[Symbol.asyncDispose]());
  afterEach(async () => {
    rmSync(stage.access.path, { recursive: true, force: true });
    stage.access.write(good);
    await reports('ready');
  });

  const ready = async () => {
    const reply = await call(`${stage.gateway.url}/health/ready`, 'GET');
    return JSON.parse(reply.body.toString()) as { status: string; reasons?: string[] };
  };
  const reports = (status: string) =>
    eventually(async () => ((await ready()).status === status ? true : undefined));
  const statusFor = async (key: string) =>
    (await stage.ask('GET', pathOf('/settings'), { headers: asBearer(key) })).status;
  const logLines = (part: string) =>
    stage
      .logged()
      .split('\n')
      .filter((line) => line.includes(part));

  const harms: Readonly<Record<string, (path: string) => void>> = {
    'truncated to nothing': (path) => truncateSync(path),
    'truncated in its middle': (path) => truncateSync(path, good.length >> 1),
    removed: (path) => unlinkSync(path),
    'writable by others': (path) => chmodSync(path, 0o646),
    'a folder': (path) => {
      unlinkSync(path);
      mkdirSync(path);
    },
    'a link to nothing': (path) => {
      unlinkSync(path);
      symlinkSync('nothing', path);
    },
    'without the member grants': (path) => writeFileSync(path, '{"upstream":[]}'),
    'of rights for all, with a mistake': (path) =>
      writeFileSync(
        path,
        JSON.stringify({
          ...stage.access.content,
          grants: [{ issuer: 'test', claims: {}, role: 'root', zones: ['*'] }],
        }),
      ),
    'with an upstream token that is not there': (path) =>
      writeFileSync(
        path,
        JSON.stringify({
          ...stage.access.content,
          upstream: [{ name: 'b', tokenFile: 'none', zones: ['*'] }],
        }),
      ),
  };

  it('That cannot be used leaves the one before in force, and each problem is told once', async () => {
    for (const [name, harm] of Object.entries(harms)) {
      const before = logLines('access file refused').length;
      rmSync(stage.access.path, { recursive: true, force: true });
      stage.access.write(good);
      harm(stage.access.path);
      await eventually(() => (logLines('access file refused').length > before ? true : undefined));

      expect({ name, ...(await ready()) }).toMatchObject({ name, status: 'degraded' });
      expect((await ready()).reasons?.join()).toContain('access: the access file cannot be used');
      expect(await statusFor(stage.access.keys.viewer)).toBe(200);
      expect(await statusFor(newApiKey().key)).toBe(401);
    }
    const told = logLines('access file refused');
    // Two more looks.
    await new Promise((resolve) => setTimeout(resolve, 4500));
    expect(logLines('access file refused')).toEqual(told);
    expect(told).toHaveLength(Object.keys(harms).length);
    expect(told.join()).not.toContain(upstreamToken);
  }, 60_000);

  it('Replaced by the swap of a link, as Kubernetes does it, is in force', async () => {
    const { folder, path } = stage.access;
    const { id, key } = newApiKey();
    const more = {
      ...stage.access.content,
      keys: [
        ...(stage.access.content['keys'] as object[]),
        { id, name: 'viewer', sha256: digestOfApiKey(key), notAfter: '2099-01-01' },
      ],
    };
    const put = (version: string, text: string) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'access.json'), text, { mode: 0o644 });
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    put('..one', good);
    unlinkSync(path);
    symlinkSync(join('..data', 'access.json'), path);
    await reports('ready');
    expect(await statusFor(key)).toBe(401);
    put('..two', JSON.stringify(more));

    await eventually(async () => ((await statusFor(key)) === 200 ? true : undefined));
    expect(existsSync(join(folder, '..data_tmp'))).toBe(false);
    const sha256 = hash('sha256', JSON.stringify(more), 'hex');
    expect(logLines(sha256)).not.toEqual([]);
    const events = await eventually(async () => {
      const changes = (await stage.events()).filter(({ access }) => access?.sha256 === sha256);
      return changes.length > 0 ? changes : undefined;
    });
    expect(events).toMatchObject([{ stage: 'access', action: 'access.change', actor: { type: 'system' } }]);
    const metrics = await (await fetch(stage.gateway.metricsUrl)).text();
    expect(metrics).toContain(sha256);
    expect(metrics).not.toContain(key.slice(12, 40));
  }, 20_000);

  it('With a thousand new keys is in force with each of them, and answers are given meanwhile', async () => {
    const made = Array.from({ length: 1000 }, () => newApiKey());
    const keys = made.map(({ id, key }, at) => ({
      id,
      name: `key-${at}`,
      sha256: digestOfApiKey(key),
      notAfter: '2099-01-01',
    }));
    const grants = keys.map(({ name }) => ({ key: name, role: 'viewer', zones: ['*'] }));
    const content = {
      ...stage.access.content,
      keys: [...(stage.access.content['keys'] as object[]), ...keys],
      grants: [...(stage.access.content['grants'] as object[]), ...grants],
    };
    writeFileSync(`${stage.access.path}.new`, JSON.stringify(content), { mode: 0o640 });
    renameSync(`${stage.access.path}.new`, stage.access.path);
    const last = made.at(-1)?.key ?? '';
    await eventually(async () => {
      const at = performance.now();
      expect(await statusFor(stage.access.keys.viewer)).toBe(200);
      expect(performance.now() - at).toBeLessThan(1000);
      return (await statusFor(last)) === 200 ? true : undefined;
    });
    for (const { key } of made.filter((_, at) => at % 50 === 0)) expect(await statusFor(key)).toBe(200);
    expect(await statusFor(newApiKey().key)).toBe(401);
  }, 20_000);

  it('With no grants takes all rights away at once', async () => {
    stage.access.write(JSON.stringify({ ...stage.access.content, grants: [] }));

    await eventually(async () => ((await statusFor(stage.access.keys.admin)) === 403 ? true : undefined));
    expect((await ready()).status).toBe('ready');
  });
});

describe('A gateway in managed mode does not start', () => {
  const folder = scratchFolder('access-start');
  const path = join(folder, 'access.json');
  const tokenPath = join(folder, 'cf-token');
  afterAll(() => rmSync(folder, { recursive: true }));

  const content = {
    grants: [{ key: 'viewer', role: 'viewer', zones: ['*'] }],
    keys: [{ id: 'aaaaaaaa', name: 'viewer', sha256: 'a'.repeat(64), notAfter: '2099-01-01' }],
    upstream: [{ name: 'prod', tokenFile: 'cf-token', zones: ['*'] }],
  };
  const put = (text: string, mode = 0o640, tokenMode = 0o600) => {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    writeFileSync(tokenPath, `${upstreamToken}\n`);
    chmodSync(tokenPath, tokenMode);
  };
  const start = (environment: Record<string, string> = {}) =>
    runToExit({
      MODE: 'managed',
      ACCESS_FILE: path,
      CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/client/v4',
      ...environment,
    });

  const cases: readonly [string, () => void, string][] = [
    ['without a file', () => rmSync(path, { recursive: true, force: true }), 'does not exist'],
    ['with an empty file', () => put(''), 'is empty'],
    ['with a file of blanks', () => put(' \n'), 'is empty'],
    ['with half of a file', () => put(JSON.stringify(content).slice(0, 40)), 'is not JSON'],
    ['with no grants', () => put(JSON.stringify({ ...content, grants: [] })), 'grants: is empty'],
    ['with no upstream', () => put(JSON.stringify({ ...content, upstream: [] })), 'upstream: is empty'],
    [
      'with a file that others may write',
      () => put(JSON.stringify(content), 0o666),
      'may be written by others',
    ],
    ['with a token that others may read', () => put(JSON.stringify(content), 0o640, 0o644), 'others may use'],
    [
      'with an unknown member',
      () => put(JSON.stringify({ ...content, mode: 'passthrough' })),
      'has no member "mode"',
    ],
  ];

  it.each(cases)('%s', async (_name, harm, message) => {
    harm();
    const problem = await startGateway({
      ...{ MODE: 'managed', ACCESS_FILE: path },
      upstream: 'http://127.0.0.1:9/client/v4',
    }).then(
      () => 'none',
      (error: Error) => error.message,
    );

    expect(problem).toContain(message);
    expect(problem).not.toContain(upstreamToken);
  });

  it.each(cases.filter((_, at) => [0, 1, 7].includes(at)))(
    'as a process, %s',
    async (_name, harm, message) => {
      harm();
      const { code, output } = await start();

      expect(code).not.toBe(0);
      expect(output).toContain(message);
      expect(output).not.toContain(upstreamToken);
      expect(output).not.toContain('"msg":"listening"');
    },
  );

  it('without ACCESS_FILE, and a file alone is no managed mode', async () => {
    put(JSON.stringify(content));
    const unset = await runToExit({ MODE: 'managed', CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/client/v4' });
    const alone = await start({ MODE: 'passthrough' });

    expect(unset.code).not.toBe(0);
    expect(unset.output).toContain('ACCESS_FILE');
    expect(alone.code).not.toBe(0);
    expect(alone.output).toContain('ACCESS_FILE');
  });
});
