import { setTimeout } from 'node:timers/promises';
import { type FastifyReply, type FastifyRequest } from 'fastify';

/** The connection a call came in on, and what a fault may do to it. */
export class Wire {
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  async pause(ms: number): Promise<void> {
    // Nobody waits for a pause when the sandbox stops.
    if (ms > 0) await setTimeout(ms, undefined, { ref: false });
  }

  drop(): void {
    this.reply.hijack();
    this.request.raw.socket.destroy();
  }

  /** Until the client goes, or the sandbox stops. */
  async hang(): Promise<void> {
    this.reply.hijack();
    const { socket } = this.request.raw;
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.once('close', resolve));
  }
}
