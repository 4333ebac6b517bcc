/** What one target did in one scenario: one element for each round, in the same order for every target. */
export interface Figures {
  readonly target: string;
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
  /** Of the process under test alone. */
  readonly cpuSeconds: number;
}

/**
 * Latency is held against the first target, requests per CPU-second against the second, whose work is the least a gateway
 * can do: the first one's CPU time is Cloudflare's, so it has no ratio.
 */
export function table(title: string, [direct, bare, ...gateways]: readonly [Figures, Figures, ...Figures[]]) {
  const header = [
    '',
    'requests',
    'req/s',
    'req/CPU-s',
    `of ${bare.target}`,
    'p50 ms',
    'p99 ms',
    'p50 ×',
    'p99 ×',
  ];
  const rows = [direct, bare, ...gateways].map((figures) => [
    figures.target,
    String(sum(figures.rounds.map(requests))),
    (sum(figures.rounds.map(requests)) / sum(figures.rounds.map(({ seconds }) => seconds))).toFixed(0),
    perCpuSecond(figures).toFixed(0),
    figures === direct ? '' : efficiency(figures, bare),
    ...[0.5, 0.99].map((part) => latency(figures, part).toFixed(2)),
    ...[0.5, 0.99].map((part) => (latency(figures, part) / latency(direct, part)).toFixed(2)),
  ]);
  return [title, ...aligned([header, ...rows])].join('\n');
}

/** Over all rounds, and between which bounds single rounds lie: how far the figure can be trusted. */
function efficiency(figures: Figures, bare: Figures): string {
  const all = perCpuSecond(figures) / perCpuSecond(bare);
  if (figures === bare) return all.toFixed(2);
  const ratios = figures.rounds.map(
    (round, index) => ofRound(round) / ofRound(bare.rounds[index] ?? missing('a round')),
  );
  return `${all.toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function perCpuSecond({ rounds }: Figures): number {
  return sum(rounds.map(requests)) / sum(rounds.map(({ cpuSeconds }) => cpuSeconds));
}

function ofRound(round: Round): number {
  return requests(round) / round.cpuSeconds;
}

function requests({ latenciesMs }: Round): number {
  return latenciesMs.length;
}

/** The latency that `part` of all requests stay within. */
function latency({ rounds }: Figures, part: number): number {
  const sorted = Float64Array.from(rounds.flatMap(({ latenciesMs }) => latenciesMs)).sort();
  return sorted[Math.ceil(sorted.length * part) - 1] ?? missing('any request');
}

/** The first column to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
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
