import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type TestCertificate } from '../support/certificates/certificates.js';
import { searchFor, type Sought } from '../support/gateway/canary.js';
import { memory } from '../support/gateway/probed.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { call, envelopeOf } from '../support/http/http.js';
import { aUseOf, operationNames, pathOf, seededZone } from '../support/http/requests.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { randomOf } from './chances.js';
import { Documents } from './documents.js';
import { problemsInLog } from './judge.js';
import { someKeyPairs, soughtOf } from './key-pairs.js';
import { type Callers } from './callers.js';
import { modes } from './modes.js';
import { type Material, requestOf } from './requests.js';
import { playStorm, type Storm, Tally } from './storm.js';
import { sendingOf } from './wire-forms.js';

// `npm run test:fuzz` sends 100,000. The printed seed repeats a failure, except for certificates and keys, which are new each time.
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 3000);
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

const MiB = 1024 * 1024;
/** What leaks ends the process. Without it V8 takes what the machine has before it collects. */
const heapMiB = 384;
/** From a fifth of the requests on: the cache has 64 MiB, and V8 and the allocator keep what they do not need at the moment. */
const mostGrownMiB = 256;
const stores = ['memory', 'Redis'] as const;
const cases = modes.flatMap((mode) => stores.map((store) => ({ mode, store, name: mode.name })));
type Search = ReturnType<typeof searchFor>;
const each = Math.ceil(requests / cases.length);

describe.each(cases)('Generated requests $name, answers kept in $store', ({ mode, store }) => {
  const documents = new Documents();
  const folder = scratchFolder('fuzz');
  const tally = new Tally();
  let callers: Callers;
  let sandbox: RunningSandbox;
  let redis: TestRedis | undefined;
  let gateway: RunningProcess;
  let isRunning = false;
  let certificates: TestCertificate[];
  let secretsInRecords: Search;
  let secretsInAnswers: Search;
  /** In all that is for operators and machines: the log, the metrics and Redis. */
  let secretsIn: Search;

  beforeAll(async () => {
    process.stdout.write(`FUZZ_SEED=${seed}: ${each} requests, ${mode.name}, answers kept in ${store}\n`);
    const installation = await mode.begin(randomOf(seed, -1), folder);
    callers = installation.callers;
    const keyPairs = await someKeyPairs();
    certificates = keyPairs.map(({ certificate }) => certificate);
    const sought = [...callers.secrets.map((secret): Sought => ({ secret })), ...keyPairs.flatMap(soughtOf)];
    secretsInRecords = searchFor(sought);
    const addresses = callers.addresses.map((secret) => ({ secret }));
    secretsInAnswers = searchFor([...sought, ...addresses]);
    secretsIn = searchFor([...sought, ...addresses, ...callers.shownAddresses.map((secret) => ({ secret }))]);
    sandbox = await startSandbox();
    // Not compressed, so that what it keeps can be searched.
    if (store === 'Redis') redis = await startRedis({ settings: { rdbcompression: 'no' } });
    const keys = join(folder, 'keys.json');
    initKeyRing(keys);
    gateway = await startProcess({
      CLOUDFLARE_BASE_URL: sandbox.url,
      NODE_OPTIONS: `--max-old-space-size=${heapMiB}`,
      LOG_LEVEL: 'trace',
      TRUSTED_PROXIES: '127.0.0.1',
      CORS_ORIGINS: 'https://app.example.com',
      AUDIT_URL: `file:${join(folder, 'audit.db')}`,
      KEYS_FILE: keys,
      ...(redis && { REDIS_URL: redis.url }),
      ...installation.settings,
    });
    isRunning = true;
  });

  afterAll(async () => {
    if (isRunning) await gateway.stop('SIGKILL');
    await redis?.close();
    await sandbox?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('No request is answered with a failure or with a secret, and each comes within its time', async () => {
    const uses = await Promise.all(operationNames.map((name) => aUseOf(name)));
    const document = documents.of.bind(documents);
    const material: Material = { callers, uses, certificates, document };
    let logSeen = 0;
    let keptSeen = 0;
    let usedBefore = 0;
    const first = each * cases.findIndex((one) => one.mode === mode && one.store === store);
    const storm: Storm = {
      url: gateway.url,
      sending: (index) => {
        const random = randomOf(seed, index);
        return sendingOf(random, () => requestOf(random, material));
      },
      secretsIn: secretsInAnswers,
      afterWave: async (end) => {
        const wave = (end - first) >> 6;
        const log = gateway.output();
        const upTo = log.lastIndexOf('\n') + 1;
        const problems = problemsInLog(log.slice(logSeen, upTo), secretsIn);
        if (problems.length > 0) tally.fail({ problems: [...problems, `before request ${end}`] });
        logSeen = upTo;
        if (wave % 15 === 1) await sandbox.reset();
        if (usedBefore === 0 && end - first >= each / 5) usedBefore = memory(gateway.pid, 'VmRSS');
        if (redis && wave % 40 === 10) keptSeen += await lookIntoRedis(redis);
      },
    };
    await playStorm(storm, first, first + each, tally);
    const grownMiB = (memory(gateway.pid, 'VmRSS') - usedBefore) / MiB;

    const counts = Object.fromEntries([...tally.byStatus].sort());
    const { worstMs, worstOnceMs, worstSearchMs, slow, lost, failed } = tally;
    const times = { worstMs, worstOnceMs, worstSearchMs, slow, lost };
    const figures = { requests: tally.requests, ...times, grownMiB, keptSeen, failed };
    process.stdout.write(`${JSON.stringify({ mode: mode.name, store, ...figures, counts })}\n`);
    expect(tally.failures).toEqual([]);
    expect(grownMiB).toBeLessThan(mostGrownMiB);
    if (redis) expect(keptSeen).toBeGreaterThan(10_000);
    // What is refused before it is understood tries little of the gateway.
    for (const face of ['REST', 'GraphQL']) {
      expect(tally.byStatus.get(`${face} 200`)).toBeGreaterThan(each / 20);
    }
  }, 3_600_000);

  /** How many bytes there were. */
  async function lookIntoRedis(from: TestRedis): Promise<number> {
    const kept = (await from.snapshot()).toString('latin1');
    const windows = secretsIn(kept);
    if (windows.length > 0) tally.fail({ problems: ['a secret in Redis', ...windows] });
    return kept.length;
  }

  it('An ordinary request is answered as before', async () => {
    await sandbox.reset();
    const headers = Object.fromEntries(callers.ordinary.headers);
    const changed = await call(`${gateway.url}/client/v4${pathOf('/settings')}`, 'PUT', {
      headers,
      body: { enabled: true },
    });
    expect({ status: changed.status, result: envelopeOf(changed).result }).toEqual({
      status: 200,
      result: { enabled: true },
    });
    const query = `{ zone(id: "${seededZone}") { settings { enabled } hostname(name: "app.example.com") { name } } }`;
    const read = await call(`${gateway.url}/graphql`, 'POST', { headers, body: { query } });
    expect(JSON.parse(read.body.toString())).toEqual({
      data: { zone: { settings: { enabled: true }, hostname: { name: 'app.example.com' } } },
    });
    expect((await call(`${gateway.url}/health/ready`, 'GET')).status).toBe(200);
  });

  it('No secret is in the metrics or the audit log, and the gateway stops in order', async () => {
    const metrics = await call(gateway.metricsUrl, 'GET');
    expect(metrics.status).toBe(200);
    expect(secretsIn(metrics.body.toString('latin1'))).toEqual([]);
    isRunning = false;
    expect(await gateway.stop('SIGTERM')).toBe(0);
    const audit = readdirSync(folder).filter((name) => name.startsWith('audit.db'));
    const kept = audit.map((name) => readFileSync(join(folder, name), 'latin1')).join('\n');
    expect(kept.length).toBeGreaterThan(100_000);
    expect(secretsInRecords(kept).map((window) => around(kept, window))).toEqual([]);
    expect(problemsInLog(gateway.output(), secretsIn)).toEqual([]);
  }, 120_000);
});

/** A place of the window in a text, with what stands there. */
function around(text: string, window: string): string {
  const at = text.indexOf(window);
  return text.slice(Math.max(0, at - 300), at + 100);
}
