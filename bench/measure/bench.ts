import { type Processes } from '../machine/processes.js';
import { type Tools } from '../machine/tools.js';

export interface Plan {
  readonly rounds: number;
  /** Of a round. */
  readonly seconds: number;
  /** Once for each scenario and target, so that V8 has compiled the code: after one second a gateway still costs a quarter more. */
  readonly warmUpSeconds: number;
  /** How long latencies are measured at half of the highest rate; 0 for not at all. */
  readonly halfRateSeconds: number;
  /** By what the number of calls is divided where each is timed. */
  readonly fewerCalls: number;
}

export const fullPlan: Plan = { rounds: 5, seconds: 2, warmUpSeconds: 3, halfRateSeconds: 2, fewerCalls: 1 };
export const quickPlan: Plan = {
  rounds: 1,
  seconds: 0.4,
  warmUpSeconds: 0,
  halfRateSeconds: 0,
  fewerCalls: 10,
};

/** What a suite measures with. */
export interface Bench {
  readonly plan: Plan;
  readonly processes: Processes;
  readonly tools: Tools;
  readonly signal: AbortSignal;
  readonly postgresUrl: string | undefined;
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** The names by which parts of it can be chosen; without any it runs as a whole. */
  readonly scenarios: readonly string[];
  /** Whether it runs only if it is chosen. */
  readonly isExtra?: boolean;
  /**
   * Starts processes, which are stopped afterwards.
   *
   * @param chosen names of scenarios
   * @returns tables in Markdown
   */
  readonly run: (bench: Bench, chosen: readonly string[]) => Promise<string>;
}

/** `count` calls in a full run. */
export function callsOf({ plan }: Bench, count: number): number {
  return Math.max(1, Math.round(count / plan.fewerCalls));
}
