import { type RequestContext } from '../../../gateway/request/request-context.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { timeFor } from '../limits/answer-budget.js';

/** To go through so many bytes of an answer takes about as long as to make an object of the own answer. */
const bytesPerObject = 1024;

/** What is made of an answer of Cloudflare's: once for all fields and all requests that are answered with it. */
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
