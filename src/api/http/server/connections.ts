import { type Socket } from 'node:net';
import { Connection, type Exchanges } from './connection.js';

/** How many bytes of answers may wait for their callers, over all connections. */
const mostWaitingBytes = 64 * 1024 * 1024;

/** A connection whose caller has read within this time is not closed to free memory. */
const spareMs = 500;

const checkEveryMs = 1000;

/** The connections of a server, and the bytes of answers that wait on them. */
export class Connections {
  private readonly bySocket = new Map<Socket, Connection>();
  private waitingBytes = 0;
  private timer: NodeJS.Timeout | null = null;

  /** Whether new requests should be refused, since too many bytes wait. */
  get areFull(): boolean {
    return this.waitingBytes > mostWaitingBytes;
  }

  add(socket: Socket, exchanges: Exchanges): Connection {
    const connection = new Connection(socket, exchanges, () => this.recount(connection));
    this.bySocket.set(socket, connection);
    this.timer ??= setInterval(() => this.check(), checkEveryMs).unref();
    socket.once('close', () => this.remove(connection));
    return connection;
  }

  of(socket: Socket): Connection | undefined {
    return this.bySocket.get(socket);
  }

  /** Closes connections of which nothing has come since their last answer, also those that were never used. */
  closeIdle(): void {
    for (const connection of this.bySocket.values()) if (connection.isIdle) connection.close();
  }

  /** Closes connections without a request in progress, also those that have received part of one. */
  closeUnused(): void {
    for (const connection of this.bySocket.values()) if (!connection.isInUse) connection.close();
  }

  private remove(connection: Connection): void {
    this.bySocket.delete(connection.socket);
    this.waitingBytes -= connection.counted;
    connection.counted = 0;
    if (this.bySocket.size > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  private check(): void {
    const now = performance.now();
    for (const connection of this.bySocket.values()) {
      this.count(connection);
      connection.closeIfSlow(now);
    }
    if (this.areFull) this.makeRoom(now);
  }

  private recount(connection: Connection): void {
    this.count(connection);
    if (this.areFull) this.makeRoom(performance.now());
  }

  private count(connection: Connection): void {
    this.waitingBytes -= connection.counted;
    connection.counted = connection.waitingBytes;
    this.waitingBytes += connection.counted;
  }

  /** Closes first the connections whose callers have read nothing for longest. */
  private makeRoom(now: number): void {
    const blocked = [...this.bySocket.values()]
      .filter((connection) => connection.blockedForMs(now) > spareMs)
      .sort((one, other) => other.blockedForMs(now) - one.blockedForMs(now));
    for (const connection of blocked) {
      if (!this.areFull) return;
      this.waitingBytes -= connection.counted;
      connection.counted = 0;
      connection.close();
    }
  }
}
