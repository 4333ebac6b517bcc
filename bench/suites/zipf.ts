import { fail } from 'node:assert/strict';
import { get } from '../load/requests.js';
import { type Stage } from '../measure/target.js';
import { type Scenario } from '../measure/throughput.js';
import { newZoneId } from '../targets/upstream.js';

const zoneCount = 10_000;
/** Drawn once; each run begins elsewhere among them. */
const drawnRequests = 200_000;

/** With the lifetimes of production, so that an answer that is read rarely has expired when it is read again. */
export function zipf(targets: readonly string[]): Scenario<Stage> {
  return {
    name: 'zipf',
    title: `settings of ${zoneCount.toLocaleString('en-US')} zones, Zipf`,
    targets,
    prepare: () => {
      const calls = Array.from({ length: zoneCount }, () => get(newZoneId(), '/settings'));
      const draw = zipfian(zoneCount);
      const requests = Array.from(
        { length: drawnRequests },
        () => calls[draw()] ?? fail('There is no such zone'),
      );
      const check = (answer: Buffer) => {
        const { success } = JSON.parse(String(answer)) as { success?: unknown };
        if (success !== true) fail(`No settings: ${String(answer)}`);
      };
      return Promise.resolve({ requests, check, upstreamCalls: null });
    },
  };
}

/** @returns a function that draws from 0 to `count` - 1, n with a probability proportional to 1 / (n + 1) */
function zipfian(count: number): () => number {
  const upTo = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) upTo[rank] = total += 1 / (rank + 1);
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? total) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
