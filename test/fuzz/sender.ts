import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type Sending } from './wire-forms.js';

export interface Received {
  readonly bytes: Buffer;
  /** From the last byte that was sent to the last that came. */
  readonly tookMs: number;
  /** Whether the gateway closed the connection. */
  readonly isClosed: boolean;
}

const patienceMs = 5000;
/** What is no whole request may be waited for by the gateway: whoever sent it does not wait. */
const quietMs = 25;

export function send(url: string, { packets, isWhole, hangsUp }: Sending): Promise<Received> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const chunks: Buffer[] = [];
    let sentAt = performance.now();
    let cameAt = sentAt;
    let isClosed = true;
    const giveUp = () => {
      isClosed = false;
      socket.destroy();
    };
    let timer = setTimeout(giveUp, patienceMs);
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, isWhole ? patienceMs : quietMs);
    };
    const write = async () => {
      for (const packet of packets) {
        socket.write(packet);
        if (packets.length > 1) await turn();
      }
      sentAt = performance.now();
      if (hangsUp) socket.write('', giveUp);
      else wait();
    };
    socket.on('connect', () => void write());
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      cameAt = performance.now();
      if (!isWhole) wait();
    });
    // The gateway may close before it has read everything; what it said before counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ bytes: Buffer.concat(chunks), tookMs: Math.max(0, cameAt - sentAt), isClosed });
    });
  });
}
