import { type Caller } from './load.js';
import { type Processes, type RunningProcess } from './processes.js';
import { type Comparison } from './report.js';
import { type Upstream } from './upstream.js';

/** Targets that are measured against each other, and what they are asked. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly comparison: Comparison;
  readonly scenarios: readonly Scenario[];
  /** Starts the processes of this suite alone; they are stopped at its end. */
  readonly start: (processes: Processes) => Promise<Stage>;
}

export interface Stage {
  /** What stands behind all targets. */
  readonly upstream: Upstream;
  /** In the order in which they are reported. */
  readonly targets: readonly Target[];
}

export interface Target {
  readonly name: string;
  readonly process: RunningProcess;
}

/** What is done again and again, in the same way whatever the target. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** At the same time; as many as the command line says unless given. */
  readonly callers?: number;
  /** How long upstream takes for every call while it is measured. */
  readonly upstreamLatencyMs?: number;
  /** Whatever takes time to make is made here, before anything is measured. */
  readonly prepare: (upstream: Upstream) => Promise<Work>;
}

export interface Work {
  /** One for each of the callers that load a target at the same time. */
  readonly newCaller: (target: string) => Caller;
  /**
   * Sees the answers to the first call of each target, for an answer that is quick because it is wrong is no answer.
   *
   * @throws where the answers are not what was asked for
   */
  readonly check: (answers: readonly Buffer[]) => void;
  /**
   * What each call costs upstream whatever the target. It is counted, for one that comes from a cache measures another
   * thing. Null where that is what is to be found out.
   */
  readonly upstreamCalls: number | null;
}
