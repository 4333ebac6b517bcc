import { fstatSync, writeSync } from 'node:fs';

const mostWaitingBytes = 1024 * 1024;
const retryMs = 50;
const retryLostMs = 1000;
const mostFlushMs = 500;

/**
 * Standard output, for the log. Each line is written synchronously; a line that cannot be written is dropped and counted, so
 * that a full disk or a closed pipe delays no request and no exit. Lines for a slow reader wait in a bounded buffer.
 */
export class LogOutput {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private isMidLine = false;
  private retry: NodeJS.Timeout | undefined;
  private watcher: (trouble: string | null) => void = () => undefined;
  private trouble: string | null = null;
  dropped = 0;

  constructor(private readonly fd: number) {
    // Accessing `process.stdout` makes a pipe non-blocking; otherwise a reader that does not read would block the process.
    if (isPipe(fd)) process.stdout.on('error', () => undefined);
    process.once('exit', () => this.flush());
  }

  /** @param watcher gets the error code, and null when the error is over */
  watch(watcher: (trouble: string | null) => void): void {
    this.watcher = watcher;
    watcher(this.trouble);
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.waiting.length > 0) return this.wait(bytes);
    this.tellLoss();
    // The line about the loss may have to wait too.
    const rest = this.waiting.length > 0 ? bytes : this.put(bytes);
    if (rest) this.wait(rest);
  }

  /** Writes the line about lost lines. The trouble is over once it is written, even if no other line follows. */
  private tellLoss(): void {
    if (this.lost === 0) return;
    const before = this.dropped;
    const rest = this.put(this.lossLine());
    // The line about the loss does not count as lost.
    if (this.dropped > before) {
      this.dropped--;
      this.lost--;
      return;
    }
    if (rest) this.wait(rest);
    this.recovered();
  }

  /** The bytes that have to wait; null if all were written or dropped. */
  private put(bytes: Buffer): Buffer | null {
    const start = this.isMidLine ? Buffer.from('\n') : Buffer.alloc(0);
    let left = Buffer.concat([start, bytes]);
    try {
      while (left.length > 0) {
        left = left.subarray(writeSync(this.fd, left));
        this.isMidLine = true;
      }
      this.isMidLine = false;
      return null;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      if (code === 'EAGAIN') {
        // The rest is the end of a started line, or a whole line.
        this.isMidLine = false;
        return left;
      }
      this.drop(code, bytes);
      return null;
    }
  }

  private wait(bytes: Buffer): void {
    if (this.waitingBytes + bytes.length > mostWaitingBytes) return this.drop('EAGAIN', bytes);
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.retry ??= setTimeout(() => this.retryWaiting(), retryMs).unref();
  }

  private retryWaiting(): void {
    this.retry = undefined;
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    const rest = this.put(bytes);
    if (!rest) return this.tellLoss();
    this.waiting = [rest];
    this.waitingBytes = rest.length;
    this.retry = setTimeout(() => this.retryWaiting(), retryMs).unref();
  }

  private drop(code: string, bytes: Buffer): void {
    const lines = bytes.toString('latin1').split('\n').length - 1;
    this.dropped += lines;
    this.lost += lines;
    this.retry ??= setTimeout(() => this.retryWaiting(), retryLostMs).unref();
    if (this.trouble !== code) this.watcher((this.trouble = code));
  }

  private recovered(): void {
    this.lost = 0;
    if (this.trouble !== null) this.watcher((this.trouble = null));
  }

  private lossLine(): Buffer {
    const line = { level: 40, time: new Date().toISOString(), lost: this.lost, reason: this.trouble };
    return Buffer.from(`${JSON.stringify({ ...line, msg: 'log lines were lost' })}\n`);
  }

  private flush(): void {
    const deadline = performance.now() + mostFlushMs;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (this.waiting.length > 0 && performance.now() < deadline) {
      this.retryWaiting();
      if (this.waiting.length > 0) Atomics.wait(pause, 0, 0, 10);
    }
  }
}

function isPipe(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    // It was closed before the process began.
    return false;
  }
}
