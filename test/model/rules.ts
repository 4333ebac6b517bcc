/**
 * The rules of the cache's protocol. Each can be taken out alone, so that the explorer shows what the rule prevents.
 * "Stale" is a read that gets an older value than the protocol promises (`promise.ts`).
 */
const ruleTexts = {
  // A change
  writerWaits: 'A writer waits W before END',
  writerWaitsFromReply: 'The wait is counted from the reply of BEGIN, not from its send',
  writerHeedsHeld: 'A writer whose END did not find its intent waits W once more',
  writerHeedsServer: 'A writer whose END ran on another server than its BEGIN waits W once more',
  intentPerAttempt: 'Each attempt of BEGIN has an intent of its own',
  beginRenews: 'BEGIN gives the zone a new generation',
  endRenews: 'END gives the zone a new generation',
  endPurges: 'END removes expired intents before it looks for its own',
  // A refused change
  liftComparesGiven: 'LIFT restores a generation only if the zone still has the one that BEGIN gave',
  liftComparesServer: 'LIFT restores no generation on another server',
  // A lease
  leaseIsShort: 'The term L of a lease is not longer than W',
  leaseFromLook: 'A lease is counted from the send of LOOK, not from its reply',
  leaseFromFill: 'A lease is counted from the send of FILL, not from its reply',
  lateLookGrantsNothing: 'A reply to LOOK that arrives L after the send grants no lease',
  joinedLookNeedsLease: 'A read that joins a LOOK under way uses its reply only within L of the send',
  joinedFlightNeedsLease:
    'A read that joins a fetch uses its value only under a valid lease of its generation',
  // Redis
  lookBypassesIntents: 'LOOK answers bypass while an intent is there',
  lookPurges: 'LOOK removes expired intents',
  generationIsOfServer: 'A generation is valid only on the server that gave it',
  fillComparesGeneration: 'FILL is refused if the generation is not that of its turn',
  fillHeedsIntents: 'FILL is refused while an intent is there',
  // A read with no-cache
  noCacheRenews: 'A no-cache FILL that stores its entry writes a new epoch',
  noCacheRenewsUnstored: 'A no-cache FILL that stores nothing writes a new epoch too',
  noCacheRenewsAfterBypass: 'A no-cache read that bypasses writes a new epoch after its fetch',
  noCacheComparesEpoch: 'A no-cache FILL stores nothing if the epoch is not that of its turn',
  noCacheNoncePerAttempt: 'Each attempt of a no-cache FILL writes another epoch',
  // A refused credential
  forgetVoids: 'A LOOK or FILL that was sent before FORGET grants nothing in the replica that sent FORGET',
  forgetDropsAtReply:
    'The replica that sent FORGET drops leases when the reply arrives, not only before the send',
} as const;

export type Rule = keyof typeof ruleTexts;

export type Rules = Readonly<Record<Rule, boolean>>;

export function textOf(rule: Rule): string {
  return ruleTexts[rule];
}

/** The protocol without the given rules. */
export function protocolWithout(...out: readonly Rule[]): Rules {
  const all = Object.keys(ruleTexts) as Rule[];
  return Object.fromEntries(all.map((rule) => [rule, !out.includes(rule)])) as Rules;
}

/** The whole protocol. */
export const rules = protocolWithout();
