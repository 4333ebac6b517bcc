import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type GraphQLContext } from '../../context/ctx.decorator.js';
import { type Owner, Turns, unitsPerObject } from './turns.js';

/** The size that one answer may have. Its errors are counted apart from its objects. */
export const answerLimits = {
  answerObjects: 20_000,
  answerBytes: 4 * 1024 * 1024,
  answerErrors: 1000,
} as const;

/** The memory that all unfinished answers may take. An object takes about 2 KiB until its answer is a text. */
const bytesPerObject = 2048;
const bytesTogether = 256 * 1024 * 1024;

/** How many fields of one answer may be in progress before more items of its lists begin: each that waits takes memory. */
const mostUnderWay = 300;

export type AnswerLimit = keyof typeof answerLimits | 'answersTogether';

export interface BoundedContext extends GraphQLContext {
  readonly budget: AnswerBudget;
}

/** All answers that are being made. They share the event loop and the memory. */
export class Answers {
  readonly turns = new Turns();
  private bytes = 0;
  private begun = 0;

  begin(ctx: RequestContext): AnswerBudget {
    this.begun += 1;
    const budget = new AnswerBudget(this, this.begun);
    budgets.set(ctx, budget);
    return budget;
  }

  /** Counts bytes. False if all answers together exceed the memory for them. */
  hold(bytes: number): boolean {
    this.bytes += bytes;
    return this.bytes <= bytesTogether;
  }

  release(bytes: number): void {
    this.bytes -= bytes;
  }
}

/** The size of the answer to one request so far. It grows while the operation runs. */
export class AnswerBudget implements Owner {
  objects = 0;
  bytes = 0;
  private errors = 0;
  private underWay = 0;
  private readonly waitingForFewer: (() => void)[] = [];
  private hasEnded = false;
  /** The first limit that the answer exceeded: the whole answer is refused. */
  exceeded: AnswerLimit | null = null;

  constructor(
    private readonly answers: Answers,
    readonly order: number,
  ) {}

  /** Whether the answer is still being made. */
  get isOpen(): boolean {
    return this.exceeded === null && !this.hasEnded;
  }

  /** Counts objects of the answer. False if it is refused by now. */
  spendObjects(count: number): boolean {
    if (!this.isOpen) return false;
    this.objects += count;
    if (this.objects > answerLimits.answerObjects) this.exceeded = 'answerObjects';
    else if (!this.answers.hold(count * bytesPerObject)) this.exceeded = 'answersTogether';
    return this.isOpen;
  }

  /** Counts a scalar, which needs no turn: it exists already. */
  spendBytes(count: number): void {
    this.answers.turns.use(1 + count / 100);
    if (!this.isOpen) return;
    this.bytes += count;
    if (this.bytes > answerLimits.answerBytes) this.exceeded = 'answerBytes';
    else if (!this.answers.hold(count)) this.exceeded = 'answersTogether';
  }

  spendError(): void {
    this.errors += 1;
    if (this.errors > answerLimits.answerErrors) this.exceeded ??= 'answerErrors';
  }

  /** Whether this turn of the event loop has time for that many objects. */
  hasTurnFor(objects: number): boolean {
    return this.answers.turns.take(objects * unitsPerObject);
  }

  /** Resolves in a turn of the event loop with time for that many objects. */
  turnFor(objects: number): Promise<void> {
    return this.answers.turns.next(this, objects * unitsPerObject);
  }

  /** Counts a field as under way for as long as it is not resolved. */
  async follow<T>(field: Promise<T>): Promise<T> {
    this.underWay += 1;
    try {
      return await field;
    } finally {
      this.underWay -= 1;
      if (this.underWay < mostUnderWay) this.waitingForFewer.shift()?.();
    }
  }

  /** Resolves in a turn of the event loop with time for that many items of a list. */
  async turnForItems(items: number): Promise<void> {
    if (this.underWay >= mostUnderWay) await new Promise<void>((go) => this.waitingForFewer.push(go));
    await this.turnFor(items);
  }

  /** The answer has been sent, or its caller is gone. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.answers.release(this.objects * bytesPerObject + this.bytes);
  }
}

const budgets = new WeakMap<RequestContext, AnswerBudget>();

/** Resolves when there is time for work that takes as long as that many objects. */
export async function timeFor(ctx: RequestContext, objects: number): Promise<void> {
  const budget = budgets.get(ctx);
  if (budget && !budget.hasTurnFor(objects)) await budget.turnFor(objects);
}
