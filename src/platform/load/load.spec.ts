import { beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '../telemetry/metrics.js';
import { Load } from './load.js';
import { LoopDelay } from './loop-delay.js';

describe('Load', () => {
  let nowMs: number;
  let delay: LoopDelay;
  let metrics: Metrics;
  let load: Load;
  beforeEach(() => {
    nowMs = 1_000_000;
    delay = new LoopDelay(() => nowMs);
    metrics = new Metrics();
    load = new Load({ MAX_REQUESTS_IN_FLIGHT: 10 }, metrics, delay);
    delay.start();
    delay.stop();
  });

  /** Samples of a loop that is late by so many milliseconds each time. */
  const late = (...samples: readonly number[]) => {
    for (const ms of samples) {
      nowMs += 20 + ms;
      delay.tick();
    }
  };
  const refused = () => (['read', 'write'] as const).filter((kind) => load.refusal(kind) !== null);

  it.each([
    [8, []],
    [9, ['read']],
    [10, ['read']],
    [11, ['read', 'write']],
  ])('Of 10 requests that may be in flight, 8 may be reads: the %dth', (inFlight, kinds) => {
    load.inFlight = inFlight;
    expect(refused()).toEqual(kinds);
  });

  it.each([
    ['a loop in time', [0, 1, 0, 2, 0], []],
    ['one long garbage collection', [0, 900, 0], []],
    ['one large answer after another', [900, 900, 0], []],
    ['a process that was suspended for an hour', [0, 3_600_000, 0], []],
    ['a process that was suspended twice', [3_600_000, 3_600_000, 0], []],
    ['saturation by hits', Array(50).fill(40), []],
    ['a delay that lasts', [260, 260, 260], ['read']],
    ['a delay that lasts, and pauses', [260, 5000, 260], ['read']],
    ['a long delay that lasts', [1010, 1010, 1010], ['read', 'write']],
    ['a delay that is over', [1010, 1010, 1010, 0], []],
  ])('After %s it refuses what it should', (_, samples, kinds) => {
    late(...samples);
    expect(refused()).toEqual(kinds);
    expect(load.isHigh).toBe(kinds.length > 0);
  });

  it('A refusal says when to try again, and of a change that nothing was changed', () => {
    load.inFlight = 11;
    const [read, change] = [load.refusal('read'), load.refusal('write')];
    expect(read).toMatchObject({ kind: 'overloaded', details: { headers: { 'retry-after': '1' } } });
    expect(read?.message).toBe('Too many requests are in progress. Try again in a second.');
    expect(change?.message).toBe(
      'Too many requests are in progress. Nothing was changed. Try again in a second.',
    );
  });

  it('Refusals are counted by kind and reason', async () => {
    load.inFlight = 11;
    refused();
    load.inFlight = 0;
    late(300, 300, 300);
    refused();
    const { values } = (await metrics.registry.getSingleMetric('http_requests_shed_total')?.get()) ?? {};
    expect(values?.map(({ labels, value }) => [labels['kind'], labels['reason'], value])).toEqual([
      ['read', 'requests', 1],
      ['write', 'requests', 1],
      ['read', 'delay', 1],
    ]);
  });
});
