import { type Bounds, Load } from './load.js';
import { type Figures, type Round } from './report.js';
import { type Scenario, type Stage, type Target, type Work } from './suite.js';

export interface Plan {
  readonly rounds: number;
  /** Once for each scenario and target, so that V8 has compiled the code: after one second a gateway still costs a quarter more. */
  readonly warmUp: Bounds;
  /** At the start of every round, to open the connections. */
  readonly rampUp: Bounds;
  readonly measured: Bounds;
}

export const fullPlan: Plan = {
  rounds: 6,
  warmUp: { seconds: 5, maxCalls: 200_000 },
  rampUp: { seconds: 0.15, maxCalls: 2_000 },
  measured: { seconds: 1.4, maxCalls: 20_000 },
};
export const quickPlan: Plan = {
  rounds: 1,
  warmUp: { seconds: 0.15, maxCalls: 5_000 },
  rampUp: { seconds: 0.05, maxCalls: 1_000 },
  measured: { seconds: 0.25, maxCalls: 5_000 },
};

/** Measures every target of a stage in one scenario after another. */
export class Measurement {
  /** @param callers number of callers, unless a scenario sets it */
  constructor(
    private readonly stage: Stage,
    private readonly plan: Plan,
    private readonly callers: number,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Each round measures every target once, and begins with another one than the round before, so that changes of the machine's
   * load affect all targets alike.
   *
   * @throws if the answer of a target is wrong
   */
  async of(scenario: Scenario): Promise<Figures[]> {
    const { upstream, targets } = this.stage;
    const callers = scenario.callers ?? this.callers;
    const work = await scenario.prepare(upstream);
    for (const target of targets) {
      await this.withLoad(work, target, 1, async (load) => {
        work.check(await load.send(work.newCaller(target.name)()));
      });
      // Always with many callers: a few callers that wait for upstream would leave the code uncompiled.
      await this.withLoad(work, target, this.callers, (load) => load.run(this.plan.warmUp));
    }
    const rounds = new Map<Target, Round[]>(targets.map((target) => [target, []]));
    await upstream.setLatency(scenario.upstreamLatencyMs ?? 0);
    for (let round = 0; round < this.plan.rounds; round += 1) {
      const first = round % targets.length;
      for (const target of [...targets.slice(first), ...targets.slice(0, first)]) {
        const measured = await this.withLoad(work, target, callers, (load) =>
          this.round(load, target, work.upstreamCalls),
        );
        rounds.get(target)?.push(measured);
      }
    }
    await upstream.setLatency(0);
    return [...rounds].map(([{ name }, each]) => ({ target: name, rounds: each }));
  }

  private async round(load: Load, target: Target, upstreamCalls: number | null): Promise<Round> {
    await load.run(this.plan.rampUp);
    const callsBefore = await this.stage.upstream.calls();
    const before = target.process.cpuSeconds();
    const run = await load.run(this.plan.measured);
    const cpuSeconds = target.process.cpuSeconds() - before;
    const counted = (await this.stage.upstream.calls()) - callsBefore;
    const expected = upstreamCalls === null ? counted : run.latenciesMs.length * upstreamCalls;
    if (counted !== expected)
      throw new Error(`${target.name} made ${counted} calls upstream where ${expected} were due`);
    return { ...run, cpuSeconds, upstreamCalls: counted };
  }

  /** Uses new connections, because servers close those that are idle while another target is measured. */
  private async withLoad<T>(
    work: Work,
    target: Target,
    callers: number,
    use: (load: Load) => Promise<T>,
  ): Promise<T> {
    const load = new Load(target.process.origin, () => work.newCaller(target.name), callers, this.signal);
    try {
      return await use(load);
    } finally {
      load.close();
    }
  }
}
