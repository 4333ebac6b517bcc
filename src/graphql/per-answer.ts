import { type RequestContext } from '../context/request-context.js';
import { type Answer } from '../upstream/answer.js';
import { timeFor } from './answer-budget.js';

/** To go through so many bytes of an answer takes about as long as to make an object of the own answer. */
const bytesPerObject = 1024;

/** What is made of an answer of Cloudflare's, once for all fields of a request that ask for it. */
export class PerAnswer<T> {
  private readonly made = new WeakMap<Answer, Promise<T>>();

  constructor(private readonly make: (answer: Answer, zoneId: string) => T) {}

  async of(ctx: RequestContext, zoneId: string, answering: Promise<Answer>): Promise<T> {
    const answer = await answering;
    const known = this.made.get(answer);
    if (known) return known;
    const making = timeFor(ctx, answer.body.length / bytesPerObject).then(() => this.make(answer, zoneId));
    this.made.set(answer, making);
    return making;
  }
}
