import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** A caller must read at least this much of a waiting answer in each window (2 KiB/s), so that single bytes are not enough. */
const windowMs = 10_000;
const leastPerWindow = (windowMs / 1000) * 2 * 1024;

/** The time between the last bytes and the reset of the connection, in which the caller can read them. */
const lingerMs = 1000;

/** The approximate memory of a request that is parsed and waits. */
const requestBytes = 4 * 1024;

type Exchange = readonly [IncomingMessage, ServerResponse];

/** What a server does with the requests of its connections. */
export interface Exchanges {
  /** Answers a request. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Called once for each request that was handled.
   *
   * @param isAnswered whether the whole answer was written; otherwise the caller has disconnected
   */
  ended?(request: IncomingMessage, response: ServerResponse, isAnswered: boolean): void;
}

/**
 * One connection of a caller. Node parses and begins the requests that a caller sends without waiting for answers
 * (RFC 9112 §9.3.2) all at once; here the next one begins when the kernel has taken the answer before it.
 */
export class Connection {
  /** The part of `waitingBytes` that `Connections` has counted. */
  counted = 0;

  private current: Exchange | null = null;
  private readonly waiting: Exchange[] = [];
  private lastWords: string | null = null;
  private window: { begunAt: number; taken: number } | null = null;
  private lastTaken = 0;
  private lastTakenAt = performance.now();
  /** How many bytes had come when the last request was answered. */
  private answeredBytes = 0;

  constructor(
    readonly socket: Socket,
    private readonly exchanges: Exchanges,
    private readonly onWaiting: () => void,
  ) {
    // Reading the body of a request resumes its socket, also when later requests wait already.
    socket.on('resume', () => {
      if (this.waiting.length > 0) socket.pause();
    });
    socket.once('close', () => this.endCurrent());
  }

  get isInUse(): boolean {
    return this.current !== null;
  }

  /** Whether no request is in progress, and no part of one has come. */
  get isIdle(): boolean {
    return !this.isInUse && this.socket.bytesRead === this.answeredBytes;
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

  /** For how long an answer has waited of which the caller reads nothing. */
  blockedForMs(now: number): number {
    this.look(now);
    return this.socket.writableLength > 0 ? now - this.lastTakenAt : 0;
  }

  closeIfSlow(now: number): void {
    this.look(now);
    // No answer waits: the gateway is slow, not the caller.
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
    response.on('finish', this.next);
    this.exchanges.handle(request, response);
    // A kept answer is there at once.
    if (response.writableEnded) this.written();
    else response.on('prefinish', this.written);
  }

  private readonly written = (): void => {
    if (this.socket.writableLength === 0) return;
    this.lastTaken = takenBytesOf(this.socket);
    this.lastTakenAt = performance.now();
    this.window ??= { begunAt: this.lastTakenAt, taken: this.lastTaken };
    this.onWaiting();
  };

  /** Runs after Node's own listener: a connection that ends with this answer is ended by now. */
  private readonly next = (): void => {
    this.endCurrent();
    const next = this.waiting.shift();
    if (this.socket.destroyed || this.socket.writableEnded) return;
    if (next) this.begin(next);
    else if (this.lastWords !== null) return this.end(this.lastWords);
    if (this.waiting.length === 0) this.socket.resume();
  };

  private endCurrent(): void {
    if (!this.current) return;
    const [request, response] = this.current;
    this.current = null;
    this.answeredBytes = this.socket.bytesRead;
    this.exchanges.ended?.(request, response, response.writableFinished);
  }

  private end(lastWords: string): void {
    this.socket.end(lastWords, () => setTimeout(() => this.close(), lingerMs).unref());
  }

  private look(now: number): void {
    const taken = takenBytesOf(this.socket);
    if (taken === this.lastTaken && this.socket.writableLength > 0) return;
    this.lastTaken = taken;
    this.lastTakenAt = now;
  }
}

/** The error is in the unread rest of this request, so its handler will not answer. */
function isUnanswerable([request, response]: Exchange): boolean {
  return !request.complete && !response.headersSent;
}

interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * How many bytes the kernel has taken. The public counters of a socket count only whole writes, and an answer is one write.
 * Node's own socket timeout reads the same counter.
 */
function takenBytesOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
