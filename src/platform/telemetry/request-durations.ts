import { type Histogram, type Registry } from 'prom-client';

const name = 'http_request_duration_seconds';
const help = 'Requests answered, by route template and status.';

/** The observations of one method, route and status. */
class Series {
  /** How many were up to each bound, and above the bound before it. The last is how many were above all. */
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: Readonly<Record<string, string | number>>,
    private readonly bounds: readonly number[],
  ) {
    this.counts = [...bounds, Infinity].map(() => 0);
  }

  add(seconds: number): void {
    let bucket = 0;
    while (seconds > (this.bounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += seconds;
  }

  values() {
    const { labels, bounds, counts, sum } = this;
    let count = 0;
    const buckets = [...bounds, '+Inf'].map((le, bucket) => {
      count += counts[bucket] as number;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

/**
 * The histogram of the time that requests take. It counts as a `Histogram` of `prom-client` does, which sorts and joins the labels of
 * each observation: that takes 4 % of a hit.
 */
export class RequestDurations {
  readonly name = name;
  /** By route, method and status. */
  private readonly series = new Map<string, Map<string, Map<number, Series>>>();

  /** @param bounds of the buckets, in seconds */
  constructor(
    registry: Registry,
    private readonly bounds: readonly number[],
  ) {
    // The registry needs no more of a metric than its name and `get`.
    registry.registerMetric(this as unknown as Histogram);
  }

  add(method: string, route: string, status: number, seconds: number): void {
    const known = this.series.get(route)?.get(method)?.get(status);
    (known ?? this.begin(method, route, status)).add(seconds);
  }

  /** Called by the registry at each scrape. */
  get() {
    const all = [...this.series.values()].flatMap((ofRoute) =>
      [...ofRoute.values()].flatMap((ofMethod) => [...ofMethod.values()]),
    );
    const values = all.flatMap((series) => series.values());
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }

  private begin(method: string, route: string, status: number): Series {
    const ofRoute = this.series.get(route) ?? new Map<string, Map<number, Series>>();
    const ofMethod = ofRoute.get(method) ?? new Map<number, Series>();
    const series = new Series({ method, route, status }, this.bounds);
    this.series.set(route, ofRoute.set(method, ofMethod.set(status, series)));
    return series;
  }
}
