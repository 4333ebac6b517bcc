import { Client } from '../load/client.js';
import { type Outgoing } from '../load/requests.js';
import { Wrk } from '../load/wrk.js';
import { commandsOf } from '../targets/redis.js';
import { type Upstream } from '../targets/upstream.js';
import { type Bench, type Suite } from './bench.js';
import { type Figures, overview, type Round, table } from './figures.js';
import { atHalfRate } from './half-rate.js';
import { requestsTo, rotated, type Stage, type Target } from './target.js';

const connections = 32;
/** At a round. */
const attempts = 3;

/** Targets that answer the same requests as fast as they can. */
export interface Scenario<S extends Stage> {
  readonly name: string;
  readonly title: string;
  /** The names of its targets. */
  readonly targets: readonly string[];
  /** Makes what the scenario needs, before anything is measured. */
  readonly prepare: (stage: S, bench: Bench) => Promise<Work>;
}

export interface Work {
  /** Sent in turn. */
  readonly requests: readonly Outgoing[];
  /** Checks the first answer of each target, so that no wrong answer is measured. @throws if it is wrong */
  readonly check: (answer: Buffer, target: string) => void;
  /**
   * Upstream calls for each request, for every target; another number fails the run, because an answer from a cache would measure
   * something else. Null if the number is what the scenario measures.
   */
  readonly upstreamCalls: number | null;
}

export interface ThroughputSuite<S extends Stage> {
  readonly name: string;
  readonly title: string;
  /** The target that the others are compared with, in every scenario. */
  readonly reference: string;
  readonly scenarios: readonly Scenario<S>[];
  readonly start: (bench: Bench) => Promise<S>;
}

export function throughput<S extends Stage>(suite: ThroughputSuite<S>): Suite {
  const { name, title, reference, scenarios, start } = suite;
  return {
    name,
    title,
    scenarios: scenarios.map((scenario) => scenario.name),
    run: async (bench, chosen) => {
      const stage = await start(bench);
      const all: Figures[] = [];
      for (const scenario of scenarios.filter((each) => chosen.includes(each.name)))
        all.push(...(await figuresOf(scenario, stage, bench)));
      return `${table(all, reference)}\n\n${overview(all, reference)}`;
    },
  };
}

async function figuresOf<S extends Stage>(scenario: Scenario<S>, stage: S, bench: Bench): Promise<Figures[]> {
  const { plan, tools, processes, signal } = bench;
  const work = await scenario.prepare(stage, bench);
  const targets = stage.targets.filter(({ name }) => scenario.targets.includes(name));
  const least = new Map<Target, number>();
  const wrks = new Map<Target, Wrk>();
  for (const target of targets) {
    const requests = requestsTo(target, work.requests);
    const wrk = await Wrk.of(requests, { wrk: tools.wrk, folder: processes.folder, signal });
    wrks.set(target, wrk);
    least.set(target, await firstAnswer(work, target, signal));
    if (plan.warmUpSeconds > 0) await wrk.run(target, { seconds: plan.warmUpSeconds, connections }, 0);
  }
  const rounds = new Map<Target, Round[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const target of rotated(targets, round)) {
      const minBytes = least.get(target) ?? 0;
      const wrk = wrkFor(wrks, target);
      const each = { wrk, target, upstream: stage.upstream, work, seconds: plan.seconds, minBytes };
      rounds.get(target)?.push(await rightRound(each));
    }
  }
  const figures: Figures[] = [];
  for (const target of targets) {
    const measured = rounds.get(target) ?? [];
    figures.push({
      scenario: scenario.title,
      target: target.name,
      rounds: measured,
      atHalf: await atHalfRate(wrkFor(wrks, target), target, measured, plan.halfRateSeconds),
      residentMib: target.process.residentMib(),
    });
  }
  return figures;
}

function wrkFor(wrks: ReadonlyMap<Target, Wrk>, target: Target): Wrk {
  const wrk = wrks.get(target);
  if (!wrk) throw new Error(`${target.name} has no requests`);
  return wrk;
}

/** @returns the size of the answer */
async function firstAnswer({ requests, check }: Work, target: Target, signal: AbortSignal) {
  const { name, process } = target;
  const client = new Client(process.origin, signal);
  try {
    const [first] = requestsTo(target, requests);
    if (!first) throw new Error('There is no request to send');
    const { bytes } = await client.send(first);
    check(bytes, name);
    return bytes.length;
  } finally {
    client.close();
  }
}

interface Measured {
  readonly wrk: Wrk;
  readonly target: Target;
  readonly upstream: Upstream;
  readonly work: Work;
  readonly seconds: number;
  /** The size of a right answer without its headers. */
  readonly minBytes: number;
}

/**
 * Repeats a round with another number of calls upstream than is due. At last only more calls are let through, for a target with
 * Redis: a hit that Redis answers too late goes upstream, and its row says so.
 */
async function rightRound(measured: Measured): Promise<Round> {
  const { target, work } = measured;
  if (work.upstreamCalls === null) return oneRound(measured);
  for (let attempt = 1; ; attempt += 1) {
    const round = await oneRound(measured);
    const due = round.requests * work.upstreamCalls;
    // Each connection is closed while a request is under way, which wrk does not count.
    const isMore = round.upstreamCalls > due + connections * work.upstreamCalls;
    if (round.upstreamCalls >= due && !isMore) return round;
    const what = `${target.name} made ${round.upstreamCalls} calls upstream for ${round.requests} requests, not ${due}`;
    console.error(what);
    if (attempt < attempts) continue;
    if (!isMore || target.redis === undefined) throw new Error(`Not what is to be measured: ${what}`);
    return round;
  }
}

async function oneRound({ wrk, target, upstream, seconds, minBytes }: Measured): Promise<Round> {
  const { process, redis } = target;
  const callsBefore = await upstream.calls();
  const commandsBefore = redis && (await commandsOf(redis));
  const cpuBefore = process.cpuSeconds();
  const run = await wrk.run(target, { seconds, connections }, minBytes);
  const cpuSeconds = process.cpuSeconds() - cpuBefore;
  const commands = redis && (await commandsOf(redis));
  return {
    requests: run.requests,
    seconds: run.seconds,
    cpuSeconds,
    upstreamCalls: (await upstream.calls()) - callsBefore,
    redisCommands: commands === undefined || commandsBefore === undefined ? null : commands - commandsBefore,
  };
}
