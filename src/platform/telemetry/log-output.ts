import { fstatSync, writeSync } from 'node:fs';

const mostWaitingBytes = 1024 * 1024;
const retryMs = 50;
const retryLostMs = 1000;
const mostFlushMs = 500;

interface Line {
  readonly bytes: Buffer;
  /** Called if the line is dropped; without it, the line counts as one of the log. */
  readonly onLost: (() => void) | undefined;
}

/**
 * Standard output, for the log and for copies of audit events. Each line is written synchronously; a line that cannot be written
 * is dropped and counted, so that a full disk or a closed pipe delays no request and no exit. Lines for a slow reader wait in a
 * bounded buffer.
 */
export class LogOutput {
  private waiting: Line[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private isMidLine = false;
  private retry: NodeJS.Timeout | undefined;
  private watcher: (trouble: string | null) => void = () => undefined;
  private trouble: string | null = null;
  /** Lines of the log. */
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

  /** @param onLost called if the line is dropped, now or later */
  write(text: string, onLost?: () => void): void {
    const line = { bytes: Buffer.from(text), onLost };
    if (this.waiting.length > 0) return this.wait(line);
    this.tellLoss();
    // The line about the loss may have to wait too.
    const rest = this.waiting.length > 0 ? line : this.put(line);
    if (rest) this.wait(rest);
  }

  /** Writes the line about lost lines. The trouble is over once it is written, even if no other line follows. */
  private tellLoss(): void {
    if (this.lost === 0) return;
    let isLost = false;
    // It does not count as lost itself.
    const rest = this.put({ bytes: this.lossLine(), onLost: () => void (isLost = true) });
    if (isLost) {
      this.lost--;
      return;
    }
    if (rest) this.wait(rest);
    this.recovered();
  }

  /** The line, or the part of it, that has to wait; null if it was written or dropped. */
  private put(line: Line): Line | null {
    const start = this.isMidLine ? Buffer.from('\n') : Buffer.alloc(0);
    let left = Buffer.concat([start, line.bytes]);
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
        return { ...line, bytes: left };
      }
      this.drop(code, line);
      return null;
    }
  }

  private wait(line: Line): void {
    if (this.waitingBytes + line.bytes.length > mostWaitingBytes) return this.drop('EAGAIN', line);
    this.waiting.push(line);
    this.waitingBytes += line.bytes.length;
    this.retry ??= setTimeout(() => this.retryWaiting(), retryMs).unref();
  }

  private retryWaiting(): void {
    this.retry = undefined;
    const lines = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    for (const [index, line] of lines.entries()) {
      const rest = this.put(line);
      if (!rest) continue;
      this.waiting = [rest, ...lines.slice(index + 1)];
      this.waitingBytes = this.waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
      this.retry ??= setTimeout(() => this.retryWaiting(), retryMs).unref();
      return;
    }
    this.tellLoss();
  }

  private drop(code: string, { onLost }: Line): void {
    if (onLost) onLost();
    else this.dropped++;
    this.lost++;
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
