import { connect, type Socket } from 'node:net';

export interface SlowReader {
  /** All that it has read so far, in bytes. */
  readonly taken: number;
  readonly isClosed: boolean;
  /** The end of what it has read. */
  tail(): string;
  close(): void;
}

/**
 * Sends bytes, and reads from the kernel only so much at a time; with 0 bytes, never.
 *
 * @param everyMs how long it waits between two reads
 */
export function readSlowly(url: string, bytes: string, chunkBytes: number, everyMs: number): SlowReader {
  const { hostname, port } = new URL(url);
  const buffer = Buffer.alloc(chunkBytes || 1);
  let taken = 0;
  let isClosed = false;
  let tail = '';
  const socket: Socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer,
      callback: (length) => {
        taken += length;
        tail = (tail + buffer.toString('latin1', 0, length)).slice(-200);
        return false;
      },
    },
  });
  socket.on('connect', () => socket.write(bytes));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  socket.pause();
  const timer = chunkBytes > 0 ? setInterval(() => socket.resume(), everyMs) : undefined;
  return {
    get taken() {
      return taken;
    },
    get isClosed() {
      return isClosed;
    },
    tail: () => tail,
    close: () => {
      clearInterval(timer);
      socket.destroy();
    },
  };
}
