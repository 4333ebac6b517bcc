import { type Wrk } from '../load/wrk.js';
import { type Figures, type Round } from './figures.js';
import { type Target } from './target.js';

/** On average, between an answer and the next request of a connection: enough to be kept by timers of 1 ms. */
const leastDelayMs = 8;
const fewest = 32;
const most = 512;
const calibrationSeconds = 1;

/**
 * Latencies at half of the highest rate found. wrk has no rate: each connection waits for a random time between an answer and its
 * next request, with so many connections that the rate results. A first run finds what latency and timers add.
 */
export async function atHalfRate(
  wrk: Wrk,
  target: Target,
  rounds: readonly Round[],
  seconds: number,
): Promise<Figures['atHalf']> {
  if (seconds === 0) return null;
  const wanted = Math.max(...rounds.map((round) => round.requests / round.seconds)) / 2;
  const connections = Math.min(most, Math.max(fewest, Math.ceil((wanted * leastDelayMs) / 1000)));
  const intervalMs = (1000 * connections) / wanted;
  const calibration = await wrk.run(
    target,
    { seconds: calibrationSeconds, connections, delayMs: intervalMs },
    0,
  );
  const takenMs = (1000 * connections * calibration.seconds) / calibration.requests;
  const delayMs = Math.max(0.1, 2 * intervalMs - takenMs);
  const run = await wrk.run(target, { seconds, connections, delayMs }, 0);
  return { perSecond: run.requests / run.seconds, p50Ms: run.p50Ms, p99Ms: run.p99Ms };
}
