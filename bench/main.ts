import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { auditBench } from './audit.js';
import { fullPlan, Measurement, quickPlan } from './measure.js';
import { Processes } from './processes.js';
import { table } from './report.js';
import { type Suite } from './suite.js';
import { certificates } from './suites/certificates.js';
import { cold } from './suites/cold.js';
import { hits } from './suites/hits.js';
import { rest } from './suites/rest.js';
import { workingSet } from './suites/working-set.js';

/** Measures processor time and latency of the gateway and of its peers, in alternating rounds. */
const suites: readonly Suite[] = [rest, hits, workingSet, cold, certificates];

const usage = `npm run bench -- [options]

  --quick            half a minute instead of ten, to see that it runs: its figures are rough
  --only=NAME        one suite or one scenario alone:
${suites.map(({ name, scenarios }) => `                       ${name}: ${scenarios.map((each) => each.name).join(', ')}`).join('\n')}
                       audit: how long it takes until an event is durable
  --postgres=URL     a database for the audit log, which is left full of its events
  --concurrency=N    callers at a time where a scenario does not say, 16 unless told
  --profile=FOLDER   leaves CPU profiles of the gateway there, which slows it down`;

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopped.abort(new Error(`Stopped by ${signal}`)));
}
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  await bench();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('CPU time is read from /proc, so the benchmark runs only on Linux');
  const { quick, chosen, withAudit, postgres, concurrency, profile } = readOptions();
  const plan = quick ? quickPlan : fullPlan;
  console.log(
    `${availableParallelism()} processors, which callers, targets and sandbox share, ` +
      `under a load of ${loadavg()[0]?.toFixed(1)} at the start; ` +
      `${plan.rounds} rounds of ${plan.measured.seconds} s each, Node.js ${process.version}`,
  );
  for (const suite of chosen) {
    const processes = new Processes(folder, stopped.signal, profile);
    try {
      const measurement = new Measurement(await suite.start(processes), plan, concurrency, stopped.signal);
      console.log(`\n${suite.name}: ${suite.title}`);
      for (const scenario of suite.scenarios) {
        const figures = await measurement.of(scenario);
        const callers = scenario.callers ?? concurrency;
        const title = `${scenario.name}: ${scenario.title}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
        console.log(`\n${table(title, figures, suite.comparison)}`);
      }
    } finally {
      await processes.stop();
    }
  }
  if (!withAudit) return;
  const { seconds } = plan.measured;
  await auditBench({ folder, seconds: seconds * 4, postgresUrl: postgres, signal: stopped.signal });
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      concurrency: { type: 'string', default: '16' },
      profile: { type: 'string' },
      postgres: { type: 'string' },
    },
  });
  const { quick, only, concurrency, profile, postgres } = values;
  if (!/^[1-9]\d{0,2}$/.test(concurrency)) throw new Error(`--concurrency is 1 to 999\n\n${usage}`);
  const chosen = only === undefined ? suites : suites.flatMap((suite) => narrowed(suite, only));
  const withAudit = only === undefined || only === 'audit';
  if (chosen.length === 0 && !withAudit) throw new Error(`There is no suite or scenario ${only}\n\n${usage}`);
  return {
    quick,
    chosen,
    withAudit,
    postgres,
    concurrency: Number(concurrency),
    profile: profile === undefined ? undefined : resolve(profile),
  };
}

/** The suite, with only the scenarios that `name` selects; empty if it names neither the suite nor a scenario of it. */
function narrowed(suite: Suite, name: string): Suite[] {
  if (suite.name === name) return [suite];
  const scenarios = suite.scenarios.filter((scenario) => scenario.name === name);
  return scenarios.length === 0 ? [] : [{ ...suite, scenarios }];
}
