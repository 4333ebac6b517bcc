import { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** Within each window a caller takes at least this much of what waits for it: 2 KiB/s, and not a byte now and then. */
const windowMs = 30_000;
const leastPerWindow = (windowMs / 1000) * 2 * 1024;

/** After the last bytes, so that the caller reads them before the connection is reset. */
const lingerMs = 5000;

/** About what a request costs that is parsed and not begun. */
const requestBytes = 4 * 1024;

type Exchange = readonly [IncomingMessage, ServerResponse];

/**
 * One connection of a caller. Node parses and begins the requests that a caller sends without waiting for answers
 * (RFC 9112 §9.3.2) all at once; here the next one begins when the kernel has taken the answer before it.
 */
export class Connection {
  /** What `Connections` has counted of `waitingBytes`. */
  counted = 0;

  private current: Exchange | null = null;
  private readonly waiting: Exchange[] = [];
  private lastWords: string | null = null;
  private endedAt: number | null = null;
  private window: { begunAt: number; taken: number } | null = null;
  private lastTaken = 0;
  private lastTakenAt = performance.now();

  constructor(
    readonly socket: Socket,
    private readonly handle: RequestListener,
    private readonly onWaiting: () => void,
  ) {
    // Reading the body of a request resumes its socket, also when later requests wait already.
    socket.on('resume', () => {
      if (this.waiting.length > 0) socket.pause();
    });
  }

  get isInUse(): boolean {
    return this.current !== null;
  }

  get waitingBytes(): number {
    return this.socket.writableLength + this.waiting.length * requestBytes;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    if (this.lastWords !== null) return;
    if (!this.current) return this.begin([request, response]);
    this.waiting.push([request, response]);
    this.socket.pause();
    this.onWaiting();
  }

  /** Ends the connection with a last answer, behind those to the requests before. */
  endWith(answer: string): void {
    if (this.lastWords !== null) return;
    this.lastWords = answer;
    if (!this.current || isUnanswerable(this.current)) this.end(answer);
  }

  close(): void {
    this.socket.destroy();
  }

  /** How long there has been something to read, and the caller has taken nothing of it. */
  blockedForMs(now: number): number {
    this.look(now);
    return this.socket.writableLength > 0 ? now - this.lastTakenAt : 0;
  }

  closeIfSlow(now: number): void {
    this.look(now);
    if (this.endedAt !== null && this.socket.writableLength === 0 && now - this.endedAt > lingerMs)
      this.close();
    // Where nothing waits, it is this side that is slow.
    if (this.socket.writableLength === 0) return void (this.window = null);
    this.window ??= { begunAt: now, taken: this.lastTaken };
    if (this.lastTaken - this.window.taken >= leastPerWindow) {
      this.window = { begunAt: now, taken: this.lastTaken };
    } else if (now - this.window.begunAt >= windowMs) {
      this.close();
    }
  }

  private begin(exchange: Exchange): void {
    const [request, response] = exchange;
    this.current = exchange;
    response.on('prefinish', this.written);
    response.on('finish', this.next);
    this.handle(request, response);
  }

  private readonly written = (): void => {
    if (this.socket.writableLength === 0) return;
    this.lastTaken = takenBytesOf(this.socket);
    this.lastTakenAt = performance.now();
    this.onWaiting();
  };

  /** Runs after Node's own listener: a connection that ends with this answer is ended by now. */
  private readonly next = (): void => {
    this.current = null;
    const [next] = this.waiting.splice(0, 1);
    if (this.socket.destroyed || this.socket.writableEnded) return;
    if (next) this.begin(next);
    else if (this.lastWords !== null) return this.end(this.lastWords);
    if (this.waiting.length === 0) this.socket.resume();
  };

  private end(lastWords: string): void {
    this.endedAt = performance.now();
    this.socket.end(lastWords);
  }

  private look(now: number): void {
    const taken = takenBytesOf(this.socket);
    if (taken === this.lastTaken && this.socket.writableLength > 0) return;
    this.lastTaken = taken;
    this.lastTakenAt = now;
  }
}

/** What is wrong is the rest of this very request, which its answer waits for. */
function isUnanswerable([request, response]: Exchange): boolean {
  return !request.complete && !response.headersSent;
}

interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * How many bytes the kernel has taken. The public counters of a socket move only when a whole write is done, and an answer
 * is one write: the handle below knows how far that one has come. Node's own socket timeout reads the same counter.
 */
function takenBytesOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
