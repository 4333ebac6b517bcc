import { connect } from 'node:net';

export interface RawReply {
  /** Null where the connection was closed without a status line. */
  readonly status: number | null;
  /** All that came back. */
  readonly text: string;
  /** From the connection to its end. */
  readonly durationMs: number;
}

/**
 * Sends bytes as they are and reads until the other side closes the connection. A final answer that leaves the
 * connection open would be waited for: ask for `connection: close`.
 *
 * @throws Error when the connection is still open after `withinMs`
 */
export function sendRaw(url: string, bytes: string | Buffer, withinMs = 5000): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const late = setTimeout(() => {
      reject(new Error(`Still open after ${withinMs} ms: ${JSON.stringify(bytes.toString('latin1'))}`));
      socket.destroy();
    }, withinMs);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // The other side may close before it has read everything; what it said before counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      const text = Buffer.concat(chunks).toString();
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
      resolve({
        status: status === undefined ? null : Number(status),
        text,
        durationMs: performance.now() - startedAt,
      });
    });
  });
}
