import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { timeFor } from '../limits/answer-budget.js';

/** The bytes of an answer that take as long to process as it takes to make one object. */
const bytesPerObject = 1024;

/** The result of processing Cloudflare's answer: made once for all fields and requests that get the same answer. */
export class PerAnswer<T> {
  private readonly made = new WeakMap<object, Promise<T>>();

  constructor(private readonly make: (answer: Answer, zoneId: string) => T) {}

  async of(ctx: RequestContext, zoneId: string, answering: Promise<Answer>): Promise<T> {
    const answer = await answering;
    const known = this.made.get(answer.content);
    if (known) return known;
    const making = timeFor(ctx, answer.body.length / bytesPerObject).then(() => this.make(answer, zoneId));
    this.made.set(answer.content, making);
    return making;
  }
}
