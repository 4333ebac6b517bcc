import { markdown, thousands, withoutEmptyColumns } from './markdown.js';
import { median } from './quantile.js';

/** One target in one scenario. Index by index, its rounds are comparable with those of the other targets. */
export interface Figures {
  readonly scenario: string;
  readonly target: string;
  readonly rounds: readonly Round[];
  /** At half of the highest rate found. */
  readonly atHalf: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number } | null;
  readonly residentMib: number;
}

export interface Round {
  readonly requests: number;
  readonly seconds: number;
  /** Of the measured process only. */
  readonly cpuSeconds: number;
  readonly upstreamCalls: number;
  /** Commands at Redis; null for a target without one. */
  readonly redisCommands: number | null;
}

/** A process that used less of its core waited for the load, the upstream, Redis or the machine. */
const leastShare = 0.9;

/** A row for each target in each scenario, compared with the target `reference` of its scenario. */
export function table(all: readonly Figures[], reference: string): string {
  const header = [
    'scenario',
    'target',
    'requests / CPU-second',
    `× ${reference}`,
    'of its core',
    'calls upstream / request',
    'commands at Redis / 1,000 requests',
    'at half the rate: / s',
    'p50',
    'p99',
    'MiB resident',
  ];
  const rows = all.map((figures, index) => {
    const { rounds, atHalf, residentMib } = figures;
    const bare = referenceOf(figures, all, reference);
    const share = shareOf(figures);
    const calls = total(rounds, (round) => round.upstreamCalls) / total(rounds, (round) => round.requests);
    return [
      all[index - 1]?.scenario === figures.scenario ? '' : figures.scenario,
      figures.target,
      thousands(median(rounds.map(perCpuSecond))),
      bare === figures ? '' : ratioOf(figures, bare),
      `${share.toFixed(2)}${share < leastShare ? ' limited by the load' : ''}`,
      calls === 0 ? '' : calls.toPrecision(2),
      commandsPerThousand(rounds),
      ...(atHalf
        ? [thousands(atHalf.perSecond), `${atHalf.p50Ms.toFixed(2)} ms`, `${atHalf.p99Ms.toFixed(2)} ms`]
        : ['', '', '']),
      thousands(residentMib),
    ];
  });
  return markdown(withoutEmptyColumns([header, ...rows]), 2);
}

/** A row for each scenario and a column for each target: the ratios alone. */
export function overview(all: readonly Figures[], reference: string): string {
  const targets = [...new Set(all.map(({ target }) => target))].filter((target) => target !== reference);
  const scenarios = [...new Set(all.map(({ scenario }) => scenario))];
  const rows = scenarios.map((scenario) => {
    const row = all.filter((figures) => figures.scenario === scenario);
    const bare = row.find(({ target }) => target === reference) as Figures;
    const cells = targets.map((name) => {
      const figures = row.find(({ target }) => target === name);
      if (!figures) return '–';
      const mark = shareOf(figures) < leastShare || shareOf(bare) < leastShare ? ' *' : '';
      return `${digits(ratios(figures, bare).median)} ×${mark}`;
    });
    return [scenario, thousands(median(bare.rounds.map(perCpuSecond))), ...cells];
  });
  return (
    markdown([['', `${reference}, requests / CPU-second`, ...targets], ...rows]) +
    `\n\n\\* limited by the load: one of the two used less than ${leastShare} of its core.`
  );
}

/** The median of the ratios of all rounds, the smallest and the largest. */
export function ratios(
  figures: Figures,
  reference: Figures,
): { median: number; least: number; most: number } {
  const each = figures.rounds.map((round, index) => {
    const other = reference.rounds[index];
    if (!other) throw new Error(`${reference.target} has no round ${index}`);
    return perCpuSecond(round) / perCpuSecond(other);
  });
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

/** The part of its core that the process used in all rounds. */
function shareOf({ rounds }: Figures): number {
  return total(rounds, ({ cpuSeconds }) => cpuSeconds) / total(rounds, ({ seconds }) => seconds);
}

function perCpuSecond({ requests, cpuSeconds }: Round): number {
  return requests / cpuSeconds;
}

function ratioOf(figures: Figures, reference: Figures): string {
  const { median, least, most } = ratios(figures, reference);
  return figures.rounds.length === 1
    ? digits(median)
    : `${digits(median)} (${digits(least)}–${digits(most)})`;
}

function digits(ratio: number): string {
  return ratio.toFixed(ratio < 0.1 ? 3 : 2);
}

function referenceOf({ scenario }: Figures, all: readonly Figures[], reference: string): Figures {
  const found = all.find((each) => each.scenario === scenario && each.target === reference);
  if (!found) throw new Error(`${scenario} has no target ${reference}`);
  return found;
}

function commandsPerThousand(rounds: readonly Round[]): string {
  if (rounds.some(({ redisCommands }) => redisCommands === null)) return '';
  return thousands(
    (1000 * total(rounds, ({ redisCommands }) => redisCommands ?? 0)) /
      total(rounds, ({ requests }) => requests),
  );
}

function total(rounds: readonly Round[], of: (round: Round) => number): number {
  return rounds.reduce((sum, round) => sum + of(round), 0);
}
