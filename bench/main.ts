import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { moveTo, twoCores } from './machine/cores.js';
import { installPackages } from './machine/packages.js';
import { Processes } from './machine/processes.js';
import { tools } from './machine/tools.js';
import { fullPlan, quickPlan } from './measure/bench.js';
import { readOptions } from './options.js';

/** Measures processor time, latency and memory of the gateway and of its peers. */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopped.abort(new Error(`Stopped by ${signal}`)));
}
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  await bench();
} catch (error) {
  const { signal } = stopped;
  console.error(((signal.aborted ? signal.reason : error) as Error).message);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const { chosen, quick, postgresUrl, profile } = readOptions();
  const plan = quick ? quickPlan : fullPlan;
  const cores = twoCores();
  const found = await tools();
  await installPackages('bench/peers/');
  moveTo(cores.load, process.pid);
  const load = loadavg().map((each) => each.toFixed(1));
  console.log(
    `The measured process is alone on core ${cores.measured}; load, upstream and Redis are on core ${cores.load}. ` +
      `Load average of the machine: ${load.join(', ')}. ${plan.rounds} rounds of ${plan.seconds} s, Node.js ${process.version}.`,
  );
  for (const { suite, scenarios } of chosen) {
    const own = join(folder, suite.name);
    await mkdir(own);
    const processes = new Processes(own, stopped.signal, cores, profile);
    try {
      const context = { plan, processes, tools: found, signal: stopped.signal, postgresUrl };
      console.log(`\n## ${suite.name}: ${suite.title}\n\n${await suite.run(context, scenarios)}`);
    } finally {
      await processes.stop();
      await rm(own, { recursive: true, force: true });
    }
  }
}
