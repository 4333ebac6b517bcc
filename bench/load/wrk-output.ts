/** What wrk.lua prints of a run. */
export interface WrkRun {
  readonly requests: number;
  readonly seconds: number;
  /** Of all answers, with their headers. */
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
}

interface Printed {
  readonly requests: number;
  readonly microseconds: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * @param minBytes the size of a right answer without its headers
 * @throws if a request failed, an answer was no 2xx, or answers were smaller than right ones are: a figure of refusals says nothing
 */
export function readWrk(output: string, minBytes: number): WrkRun {
  const line = /^bench (\{.*\})$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk printed no result: ${output.slice(-500)}`);
  const { requests, microseconds, bytes, p50, p99, mean, errors } = JSON.parse(line) as Printed;
  const failed = Object.entries(errors).filter(([, count]) => count > 0);
  if (failed.length > 0)
    throw new Error(`wrk saw errors: ${failed.map((each) => each.join(' ')).join(', ')}`);
  if (requests === 0) throw new Error('wrk got no answer');
  // wrk does not count 3xx as errors, and GraphQL answers errors with 200.
  if (bytes / requests < minBytes)
    throw new Error(
      `Answers have ${(bytes / requests).toFixed(0)} bytes on average, right ones at least ${minBytes}`,
    );
  const seconds = microseconds / 1e6;
  return { requests, seconds, bytes, p50Ms: p50 / 1000, p99Ms: p99 / 1000, meanMs: mean / 1000 };
}
