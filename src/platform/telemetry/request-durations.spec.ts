import { describe, expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { RequestDurations } from './request-durations.js';

const bounds = [0.001, 0.1, 2.5];
const observations: [string, string, number, number][] = [
  ['GET', '/a', 200, 0],
  ['GET', '/a', 200, 0.001],
  ['GET', '/a', 200, 0.0011],
  ['GET', '/a', 200, 2.5],
  ['GET', '/a', 200, 99],
  ['GET', '/a', 404, 0.05],
  ['PUT', '/a', 200, 0.05],
  ['GET', 'a "route"\\of\nits own', 499, 1],
];

describe('Request durations', () => {
  it('A scrape has the same lines as one of a histogram of prom-client', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const durations = new RequestDurations(ours, bounds);
    const histogram = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests answered, by route template and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: bounds,
      registers: [theirs],
    });
    for (const [method, route, status, seconds] of observations) {
      durations.add(method, route, status, seconds);
      histogram.observe({ method, route, status }, seconds);
    }
    expect(linesOf(await ours.metrics())).toEqual(linesOf(await theirs.metrics()));
  });
});

/** Lines of a metric, each with its labels in the order of the alphabet. */
function linesOf(text: string): string[] {
  const sorted = (labels: string) =>
    labels
      .split(/,(?=\w+=")/)
      .sort()
      .join();
  return text
    .split('\n')
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${sorted(labels)}}`))
    .sort();
}
