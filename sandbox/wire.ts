import { setTimeout } from 'node:timers/promises';
import { type FastifyReply, type FastifyRequest } from 'fastify';

/** The connection of a call, for faults. */
export class Wire {
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  async pause(ms: number): Promise<void> {
    // A pause does not keep the process alive.
    if (ms > 0) await setTimeout(ms, undefined, { ref: false });
  }

  drop(): void {
    this.reply.hijack();
    this.request.raw.socket.destroy();
  }

  /** Resolves when the client closes the connection, or the sandbox stops. */
  async hang(): Promise<void> {
    this.reply.hijack();
    const { socket } = this.request.raw;
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.once('close', resolve));
  }
}
