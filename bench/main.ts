import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Load, type Bounds } from './load.js';
import { Processes, type RunningProcess } from './processes.js';
import { table, type Figures, type Round } from './report.js';
import { createScenarios, type Scenario } from './scenarios.js';

/**
 * How much of a processor the gateway needs, and how long its callers wait: in one run, in rounds that take turns,
 * against the same call made directly and against the smallest forwarder.
 */
const usage = `npm run bench -- [options]

  --quick            10 seconds instead of 85, to see that it runs: its figures are rough
  --only=NAME        one scenario alone: list, upload
  --concurrency=N    callers at a time, 16 unless told
  --profile=FOLDER   leaves a CPU profile of the gateway there, which slows it down`;

interface Target {
  readonly name: string;
  readonly process: RunningProcess;
}

interface Plan {
  readonly rounds: number;
  /** Once for each scenario and target, for the compiler. */
  readonly warmUp: Bounds;
  /** At the start of every round, for the connections. */
  readonly rampUp: Bounds;
  readonly measured: Bounds;
}

const fullPlan: Plan = {
  rounds: 5,
  warmUp: { seconds: 2.5, maxRequests: 20_000 },
  rampUp: { seconds: 0.2, maxRequests: 2_000 },
  measured: { seconds: 2, maxRequests: 20_000 },
};
const quickPlan: Plan = {
  rounds: 2,
  warmUp: { seconds: 0.4, maxRequests: 5_000 },
  rampUp: { seconds: 0.1, maxRequests: 1_000 },
  measured: { seconds: 0.4, maxRequests: 5_000 },
};

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopped.abort(new Error(`Stopped by ${signal}`)));
}
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const processes = new Processes(folder, stopped.signal);
try {
  await bench();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await processes.stop();
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('CPU time is read from /proc, so this runs on Linux alone');
  const { quick, only, concurrency, profile } = readOptions();
  const plan = quick ? quickPlan : fullPlan;
  const scenarios = (await createScenarios()).filter(({ name }) => only === undefined || name === only);
  if (scenarios.length === 0) throw new Error(`There is no scenario ${only}\n\n${usage}`);
  const targets = await startTargets(profile);
  console.log(
    `${concurrency} callers on ${availableParallelism()} processors, which callers, target and sandbox share; ` +
      `${plan.rounds} rounds of ${plan.measured.seconds} s each, Node.js ${process.version}\n`,
  );
  for (const scenario of scenarios) {
    const [direct, bare, ...gateways] = await measureInTurns(scenario, targets, plan, concurrency);
    if (direct && bare) console.log(`${table(scenario.title, [direct, bare, ...gateways])}\n`);
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      concurrency: { type: 'string', default: '16' },
      profile: { type: 'string' },
    },
  });
  if (!/^[1-9]\d{0,2}$/.test(values.concurrency)) throw new Error(`--concurrency is 1 to 999\n\n${usage}`);
  return { ...values, concurrency: Number(values.concurrency) };
}

/** Direct, bare, gateway: the order that the report counts on. */
async function startTargets(profile: string | undefined): Promise<Target[]> {
  const sandbox = await processes.start({
    name: 'sandbox',
    script: '../sandbox/main.js',
    env: (port) => ({ SANDBOX_PORT: `${port}`, SANDBOX_RATE_LIMIT: '0', SANDBOX_ANY_ZONE: '1' }),
  });
  const forwarder = await processes.start({
    name: 'forwarder',
    script: './forwarder.js',
    env: (port) => ({ PORT: `${port}`, UPSTREAM: sandbox.origin.href }),
  });
  const gateway = await processes.start({
    name: 'gateway',
    script: '../src/main.js',
    nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`],
    env: (port) => ({
      PORT: `${port}`,
      METRICS_PORT: '0',
      LOG_LEVEL: 'warn',
      CLOUDFLARE_BASE_URL: new URL('/client/v4', sandbox.origin).href,
    }),
  });
  return [
    { name: 'direct', process: sandbox },
    { name: 'forwarder', process: forwarder },
    { name: 'gateway', process: gateway },
  ];
}

/** Each round has every target once, beginning with another one: what changes on the machine meanwhile meets all alike. */
async function measureInTurns(
  scenario: Scenario,
  targets: readonly Target[],
  plan: Plan,
  concurrency: number,
): Promise<Figures[]> {
  const rounds = new Map<Target, Round[]>(targets.map((target) => [target, []]));
  for (const target of targets) {
    await withLoad(scenario, target, concurrency, (load) => load.run(plan.warmUp));
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    const first = round % targets.length;
    for (const target of [...targets.slice(first), ...targets.slice(0, first)]) {
      rounds
        .get(target)
        ?.push(await withLoad(scenario, target, concurrency, (load) => measure(load, target, plan)));
    }
  }
  return [...rounds].map(([{ name }, each]) => ({ target: name, rounds: each }));
}

async function measure(load: Load, target: Target, plan: Plan): Promise<Round> {
  await load.run(plan.rampUp);
  const before = target.process.cpuSeconds();
  const run = await load.run(plan.measured);
  return { ...run, cpuSeconds: target.process.cpuSeconds() - before };
}

/** On connections of their own, since a server closes those that are idle while another target has its turn. */
async function withLoad<T>(
  { newCaller }: Scenario,
  target: Target,
  concurrency: number,
  work: (load: Load) => Promise<T>,
): Promise<T> {
  const load = new Load(target.process.origin, newCaller, concurrency, stopped.signal);
  try {
    return await work(load);
  } finally {
    load.close();
  }
}
