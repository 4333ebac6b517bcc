import { type FormattedExecutionResult } from 'graphql';
import { type AnswerBudget } from './answer-budget.js';

/** A smaller answer is serialized in about a millisecond. */
const largeBytes = 256 * 1024;
/** The size of each piece of a larger answer. */
const charactersAtOnce = 128 * 1024;
const objectsAtOnce = 50;

const large = new WeakMap<object, AnswerBudget>();

/** Marks an answer that is too large to be serialized in one turn of the event loop. */
export function noteLargeAnswer({ data }: FormattedExecutionResult, budget: AnswerBudget): void {
  if (data && budget.bytes > largeBytes) large.set(data, budget);
}

/** An answer as JSON. */
export function answerText(result: FormattedExecutionResult): string | Promise<string> {
  const budget = result.data && large.get(result.data);
  return budget ? inPieces(result, budget) : `${JSON.stringify(result)}\n`;
}

async function inPieces(result: FormattedExecutionResult, budget: AnswerBudget): Promise<string> {
  const texts: string[] = [];
  let piece = '';
  for (const text of piecesOf(result)) {
    piece += text;
    if (piece.length < charactersAtOnce) continue;
    texts.push(piece);
    piece = '';
    await budget.turnFor(objectsAtOnce);
  }
  texts.push(piece, '\n');
  return texts.join('');
}

/** The text of `JSON.stringify` in pieces. A value without nested objects is one piece. */
function* piecesOf(value: object): Generator<string> {
  const isList = Array.isArray(value);
  yield isList ? '[' : '{';
  let separator = '';
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) continue;
    yield isList ? separator : `${separator}${JSON.stringify(name)}:`;
    separator = ',';
    if (isNested(member)) yield* piecesOf(member);
    else yield JSON.stringify(member);
  }
  yield isList ? ']' : '}';
}

function isNested(value: unknown): value is object {
  return isObject(value) && Object.values(value).some(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
