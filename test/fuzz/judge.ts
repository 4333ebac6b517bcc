import { type Answer, answersIn } from './answers.js';
import { type Received } from './sender.js';
import { type Sending } from './wire-forms.js';

/** Codes of GraphQL errors that are the gateway's or its neighbours' failures, whatever the status is. */
const failures =
  /"code":"(?:INTERNAL|INTERNAL_SERVER_ERROR|OVERLOADED|UPSTREAM_\w+|OUTCOME_UNKNOWN|CACHE_FENCE_UNAVAILABLE|AUDIT_UNAVAILABLE)"/;

export interface Judgement {
  readonly problems: readonly string[];
  readonly answers: readonly Answer[];
  /** Nothing came, though HTTP promises an answer. */
  readonly isLost: boolean;
}

/** What is wrong with what came back, in words. How long it took is judged apart. */
export function judge(
  sending: Sending,
  { bytes, isClosed }: Received,
  secretsIn: (text: string) => string[],
): Judgement {
  let answers: Answer[];
  try {
    answers = answersIn(bytes);
  } catch (error) {
    return {
      problems: [String(error), ...shown(secretsIn(bytes.toString('latin1')))],
      answers: [],
      isLost: false,
    };
  }
  const problems = answers.flatMap(({ status, head, body }) => [
    ...(status >= 500 ? [`${status}: ${body.slice(0, 500)}`] : []),
    ...(failures.test(body) ? [`failed: ${body.slice(0, 2000)}`] : []),
    ...shown(secretsIn(`${head}\n${body}`)),
  ]);
  if (sending.isWhole && !isClosed) problems.push('the connection stayed open');
  return { problems, answers, isLost: sending.isWhole && answers.length === 0 };
}

const shown = (windows: readonly string[]) => windows.slice(0, 3).map((window) => `a secret: ${window}`);

/** What is wrong with lines of the log. */
export function problemsInLog(text: string, secretsIn: (text: string) => string[]): string[] {
  const wrong = text
    .split('\n')
    .filter((line) => line !== '')
    .filter(
      (line) =>
        !line.startsWith('{') || /"level":"(?:error|fatal)"|"level":[56]0|unexpected error/.test(line),
    );
  return [...wrong.map((line) => `logged: ${line.slice(0, 2000)}`), ...shown(secretsIn(text))];
}
