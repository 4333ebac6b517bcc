import { type Answer } from './answers.js';
import { judge } from './judge.js';
import { type Received, send } from './sender.js';
import { type Sending } from './wire-forms.js';

const waveSize = 64;
const inFlight = 8;
const slowMs = 100;
/** A page of 1,000 events, of a log that a storm fills, with any of their fields. */
const slowSearchMs = 500;
const tries = 5;
const mostShown = 12;

export interface Failure {
  readonly problems: readonly string[];
  /** The request of the seed, and its packets. */
  readonly index?: number;
  readonly sent?: readonly string[];
}

/** What a storm came to. */
export class Tally {
  readonly byStatus = new Map<string, number>();
  /** One of each kind. */
  readonly failures: Failure[] = [];
  private readonly kinds = new Set<string>();
  failed = 0;
  requests = 0;
  /** The longest that an answer took, the first time it was asked for. */
  worstMs = 0;
  /** The same where the slow ones were asked again. */
  worstOnceMs = 0;
  /** The same of searches of the audit log. */
  worstSearchMs = 0;
  /** How many were asked again, because they were slow or because no answer came. */
  slow = 0;
  lost = 0;

  fail(failure: Failure): void {
    this.failed += 1;
    const kind = failure.problems[0]?.slice(0, 25) ?? '';
    if (this.kinds.has(kind) || this.failures.length >= mostShown) return;
    this.kinds.add(kind);
    this.failures.push(failure);
  }

  count(sending: Sending, answers: readonly Answer[]): void {
    this.requests += sending.requests;
    const statuses = answers.length > 0 ? answers.map(({ status }) => status) : ['none'];
    for (const status of statuses) {
      const name = `${sending.face} ${status}`;
      this.byStatus.set(name, (this.byStatus.get(name) ?? 0) + 1);
    }
  }
}

export interface Storm {
  readonly url: string;
  /** The sending of an index: the same each time. */
  readonly sending: (index: number) => Sending;
  readonly secretsIn: (text: string) => string[];
  /** After each wave, while nothing is in flight. */
  readonly afterWave: (end: number) => Promise<void>;
}

/**
 * Sends what is made for the indexes from `first` to just below `end`. The generator and the gateway share the processors of the
 * machine, so everything of a wave is made before it and judged behind it: while it is in flight, this process only sends,
 * receives and runs the upstream.
 */
export async function playStorm(storm: Storm, first: number, end: number, tally: Tally): Promise<void> {
  for (let start = first; start < end; start += waveSize) {
    const size = Math.min(waveSize, end - start);
    const wave = Array.from({ length: size }, (_, at) => ({
      index: start + at,
      sending: storm.sending(start + at),
    }));
    const received = new Map<number, Received>();
    const next = wave.values();
    const work = async () => {
      for (const { index, sending } of next) received.set(index, await send(storm.url, sending));
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    for (const { index, sending } of wave) {
      const first = received.get(index);
      if (first) await settle(storm, index, sending, first, tally);
    }
    await storm.afterWave(start + size);
  }
}

async function settle(
  storm: Storm,
  index: number,
  sending: Sending,
  first: Received,
  tally: Tally,
): Promise<void> {
  const isSearch = /auditEvents|audit\/events/.test(Buffer.concat(sending.packets).toString('latin1'));
  const mostMs = (isSearch ? slowSearchMs : slowMs) * sending.requests;
  let leastMs = first.tookMs;
  const judged = judge(sending, first, storm.secretsIn);
  let { problems, isLost } = judged;
  tally.count(sending, judged.answers);
  tally.worstMs = Math.max(tally.worstMs, leastMs);
  if (leastMs > mostMs) tally.slow += 1;
  if (isLost) tally.lost += 1;
  // Another process may have had the processor: an answer is slow if it is slow each time, with nothing else in flight. The same
  // holds for one that never came: the end of a connection, whose body was not read to its end, may overtake the answer.
  for (let left = tries; left > 0 && (leastMs > mostMs || isLost); left--) {
    const again = await send(storm.url, sending);
    const judgedAgain = judge(sending, again, storm.secretsIn);
    leastMs = Math.min(leastMs, again.tookMs);
    problems = [...problems, ...judgedAgain.problems];
    isLost &&= judgedAgain.isLost;
  }
  const eachMs = leastMs / sending.requests;
  if (isSearch) tally.worstSearchMs = Math.max(tally.worstSearchMs, eachMs);
  else tally.worstOnceMs = Math.max(tally.worstOnceMs, eachMs);
  if (leastMs > mostMs) problems = [...problems, `took ${Math.round(leastMs)} ms each of ${tries + 1} times`];
  if (isLost) problems = [...problems, 'no answer'];
  if (problems.length === 0) return;
  const sent = sending.packets.map((packet) => packet.toString('latin1').slice(0, 3000));
  tally.fail({ index, problems, sent });
}
