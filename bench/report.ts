/** The rounds of one target in one scenario. Index by index they are comparable between targets. */
export interface Figures {
  readonly target: string;
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
  /** Of the process under test only. */
  readonly cpuSeconds: number;
  readonly upstreamCalls: number;
}

/** What figures are compared with: targets by their names, or an ideal latency. */
export interface Comparison {
  readonly latency: string | { readonly idealMs: number };
  /** Requests per CPU-second. */
  readonly efficiency: string;
  /** The target that is a call to upstream itself, whose CPU time is not compared. */
  readonly upstream?: string;
}

/** A row for each target: its latency and its requests per CPU-second, and their ratios. */
export function table(title: string, all: readonly Figures[], comparison: Comparison): string {
  const { latency, efficiency, upstream } = comparison;
  const bare = named(all, efficiency);
  const least = (part: number) =>
    typeof latency === 'string' ? latencyMs(named(all, latency), part) : latency.idealMs;
  const against = typeof latency === 'string' ? latency : `${latency.idealMs} ms`;
  const header = [
    '',
    'calls',
    'calls/s',
    'calls/CPU-s',
    `of ${efficiency}`,
    'p50 ms',
    'p99 ms',
    `p50 of ${against}`,
    `p99 of ${against}`,
    'upstream/call',
  ];
  const rows = all.map((figures) => [
    figures.target,
    String(sum(figures.rounds.map(calls))),
    (sum(figures.rounds.map(calls)) / sum(figures.rounds.map(({ seconds }) => seconds))).toFixed(0),
    ...(figures.target === upstream ? ['', ''] : [fixed(perCpuSecond(figures), 0), ratio(figures, bare)]),
    ...[0.5, 0.99].map((part) => latencyMs(figures, part).toFixed(2)),
    ...[0.5, 0.99].map((part) => (latencyMs(figures, part) / least(part)).toFixed(2)),
    upstreamCalls(figures),
  ]);
  return [title, ...aligned([header, ...rows])].join('\n');
}

/** The ratio over all rounds, with the smallest and the largest of a single round. */
function ratio(figures: Figures, bare: Figures): string {
  const all = perCpuSecond(figures) / perCpuSecond(bare);
  if (figures === bare) return fixed(all, 2);
  const ratios = figures.rounds.map(
    (round, index) => ofRound(round) / ofRound(bare.rounds[index] ?? missing('a round')),
  );
  return `${fixed(all, 2)} (${fixed(Math.min(...ratios), 2)}–${fixed(Math.max(...ratios), 2)})`;
}

/** CPU time has steps of 10 ms: that of a short round may be 0. */
function fixed(value: number, digits: number): string {
  return value > 0 && Number.isFinite(value) ? value.toFixed(digits) : '?';
}

function perCpuSecond({ rounds }: Figures): number {
  return sum(rounds.map(calls)) / sum(rounds.map(({ cpuSeconds }) => cpuSeconds));
}

function ofRound(round: Round): number {
  return calls(round) / round.cpuSeconds;
}

function calls({ latenciesMs }: Round): number {
  return latenciesMs.length;
}

/** With two digits at most. */
function upstreamCalls({ rounds }: Figures): string {
  const each = sum(rounds.map((round) => round.upstreamCalls)) / sum(rounds.map(calls));
  return String(Number(each.toFixed(2)));
}

/** The latency that the fraction `part` of all calls does not exceed. */
function latencyMs({ rounds }: Figures, part: number): number {
  return quantile(
    rounds.flatMap(({ latenciesMs }) => latenciesMs),
    part,
  );
}

/** The value that the fraction `part` of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(sorted.length * part) - 1] ?? missing('any call');
}

function named(all: readonly Figures[], target: string): Figures {
  return all.find((figures) => figures.target === target) ?? missing(`a target ${target}`);
}

/** Aligns the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function missing(what: string): never {
  throw new Error(`There is not ${what} to report`);
}
