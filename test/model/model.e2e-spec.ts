import { describe, expect, it } from '@jest/globals';
import { explore, type Found } from './explore.js';
import { protocolWithout, type Rule, rules, textOf } from './rules.js';
import { scenario, type Size, type Title, titles } from './scenarios/scenarios.js';

// `npm run test:model` asks for the full size; the tests explore a small one. MODEL_TRACES=1 prints how reads become stale.
const size: Size = process.env['MODEL'] === 'full' ? 'full' : 'small';
const printsTraces = process.env['MODEL_TRACES'] !== undefined;
const longestMinutes = 30;

/** By rule, a scenario that needs it. */
const needed: Record<Exclude<Rule, (typeof implied)[number][0]>, Title> = {
  writerWaits: 'one change, two replicas',
  writerWaitsFromReply: 'Redis evicts the intents',
  writerHeedsHeld: 'Redis loses everything',
  writerHeedsServer: 'Redis fails over',
  intentPerAttempt: 'a stray BEGIN, and Redis loses everything',
  beginRenews: 'an intent expires, and the clock is set back',
  endRenews: 'an intent expires',
  liftComparesGiven: 'refused changes',
  leaseIsShort: 'two changes, two replicas',
  leaseFromLook: 'one change, two replicas',
  leaseFromFill: 'one change, two replicas',
  lateLookGrantsNothing: 'one change, two replicas',
  joinedLookNeedsLease: 'one change, two readers in one replica',
  joinedFlightNeedsLease: 'one change, two readers in one replica',
  lookBypassesIntents: 'two changes, two replicas',
  lookPurges: 'an intent expires, and the clock is set back',
  generationIsOfServer: 'a refused change, and Redis fails over',
  fillComparesGeneration: 'one change, two replicas',
  noCacheRenews: 'a no-cache read',
  noCacheRenewsUnstored: 'a no-cache read beside a refused change',
  noCacheRenewsAfterBypass: 'a no-cache read beside a refused change',
  noCacheComparesEpoch: 'two no-cache reads and a lost reply',
  noCacheNoncePerAttempt: 'two no-cache reads and a lost reply',
  forgetVoids: 'a refused credential',
  forgetDropsAtReply: 'a refused credential',
};

/** Rules that others imply, and a scenario that they are about. */
const implied = [
  ['fillHeedsIntents', 'refused changes'],
  ['endPurges', 'an intent expires, and the clock is set back'],
  ['liftComparesServer', 'a refused change, and Redis fails over'],
] as const satisfies [Rule, Title][];

/** The first is a second line behind the other one: without both, a read is stale where without one of them none is. */
const pairs: [Rule, Rule, Title][] = [
  ['fillHeedsIntents', 'beginRenews', 'refused changes'],
  ['endPurges', 'lookPurges', 'an intent expires'],
];

describe('Model of the cache over Redis', () => {
  it.each(titles)(
    'No read is stale in any order of the steps of this scenario: %s',
    (title) => {
      const { takes, leastStates, ...bounds } = scenario(title, size);
      const startedAt = performance.now();
      const { states, depth, steps, trace } = explore(bounds, rules);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${title}: ${states} states, at most ${depth} steps, ${seconds} s\n`);
      expect(trace).toBeNull();
      expect(states).toBeGreaterThanOrEqual(leastStates);
      for (const step of takes) expect([...steps].join('\n')).toContain(step);
    },
    longestMinutes * 60_000,
  );

  it.each(rows(Object.entries(needed) as [Rule, Title][]))(
    'A read is stale without this rule: %s',
    (_, rule, title) => {
      const found = explore(scenario(title, 'small'), protocolWithout(rule));
      print(found, rule);
      expect(found.trace?.at(-1)).toMatch(/^a read .* is due$/);
    },
  );

  it.each(rows(implied))('No read is stale without this rule alone: %s', (_, rule, about) => {
    for (const title of size === 'full' ? titles : [about]) {
      const { trace } = explore(scenario(title, 'small'), protocolWithout(rule));
      expect({ title, trace }).toEqual({ title, trace: null });
    }
  });

  it.each(pairs)('A read is stale without both rules %s and %s', (first, second, title) => {
    const withOne = [first, second].map(
      (rule) => explore(scenario(title, 'small'), protocolWithout(rule)).trace,
    );
    expect(withOne).toEqual([null, null]);
    const found = explore(scenario(title, 'small'), protocolWithout(first, second));
    print(found, first, second);
    expect(found.trace?.at(-1)).toMatch(/^a read .* is due$/);
  });
});

function rows(entries: readonly (readonly [Rule, Title])[]): [string, Rule, Title][] {
  return entries.map(([rule, title]) => [textOf(rule), rule, title]);
}

function print({ trace }: Found, ...out: Rule[]): void {
  if (!printsTraces || trace === null) return;
  const without = out.map(textOf).join(' / ');
  process.stdout.write(`Without "${without}": ${trace.length - 1} steps\n  ${trace.join('\n  ')}\n`);
}
