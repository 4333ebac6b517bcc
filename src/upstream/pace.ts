/** So few that the first is on its way soon, and so many that a turn is worth its while. */
const mostPerTurn = 4;

/**
 * Lets a few calls begin in each turn of the event loop. A call is sent at the end of the turn that it begins in: of 60 that
 * begin in one, the first would wait until the last is prepared, and all their answers would come at once.
 */
export class Pace {
  private readonly waiting: (() => void)[] = [];
  private begun = 0;

  /** Resolves when a call may begin, in the order of asking. */
  async next(): Promise<void> {
    if (this.begun >= mostPerTurn) return new Promise((resolve) => this.waiting.push(resolve));
    this.begun += 1;
    if (this.begun === 1) setImmediate(() => this.turn());
  }

  private turn(): void {
    const next = this.waiting.splice(0, mostPerTurn);
    this.begun = next.length;
    if (next.length > 0) setImmediate(() => this.turn());
    for (const begin of next) begin();
  }
}
