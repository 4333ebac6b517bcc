import { type Caller } from './load.js';
import { type Processes, type RunningProcess } from './processes.js';
import { type Comparison } from './report.js';
import { type Upstream } from './upstream.js';

/** Targets that are compared, and the scenarios they are measured in. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly comparison: Comparison;
  readonly scenarios: readonly Scenario[];
  /** Starts the processes of this suite; they are stopped at its end. */
  readonly start: (processes: Processes) => Promise<Stage>;
}

export interface Stage {
  /** The upstream of all targets. */
  readonly upstream: Upstream;
  /** In the order in which they are reported. */
  readonly targets: readonly Target[];
}

export interface Target {
  readonly name: string;
  readonly process: RunningProcess;
}

/** What the callers of every target do repeatedly. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Number of callers at the same time; by default that of the command line. */
  readonly callers?: number;
  /** The latency of every upstream call while it is measured. */
  readonly upstreamLatencyMs?: number;
  /** Makes what the scenario needs, before anything is measured. */
  readonly prepare: (upstream: Upstream) => Promise<Work>;
}

export interface Work {
  /** Makes one of the callers that load a target at the same time. */
  readonly newCaller: (target: string) => Caller;
  /**
   * Checks the answers to the first call of each target, so that no wrong answer is measured.
   *
   * @throws if an answer is wrong
   */
  readonly check: (answers: readonly Buffer[]) => void;
  /**
   * Upstream calls for each call, for every target; another number fails the run, because an answer from a cache would measure
   * something else. Null if the number is what the scenario measures.
   */
  readonly upstreamCalls: number | null;
}
