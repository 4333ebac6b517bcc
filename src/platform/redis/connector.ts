import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, SentinelConnector } from 'ioredis';
import { type RedisNode } from '../config/redis-url.js';

type Stream = ReturnType<typeof connectTcp>;

/** Called after each attempt to connect. `problem` is an error code or a text; null after a success. */
export type OnAttempt = (node: RedisNode, problem: string | null) => void;

/** The options of ioredis that the connector uses. */
interface Options extends RedisNode {
  readonly disconnectTimeout: number;
  readonly isTls: boolean;
}

/** For SNI, by which a proxy with several certificates chooses one. An IP address is no server name (RFC 6066, section 3). */
export function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/**
 * Connects to one server. The connector of ioredis sends no SNI, and does not report why a node of a cluster or a sentinel cannot
 * be reached.
 */
export function connectorFor(isTls: boolean, onAttempt: OnAttempt) {
  return class extends AbstractConnector {
    private readonly node: RedisNode;

    constructor(options: unknown) {
      const { host, port, disconnectTimeout } = options as Options;
      super(disconnectTimeout);
      this.node = { host, port };
    }

    connect(): Promise<Stream> {
      const { node } = this;
      const stream = isTls
        ? connectTls({ ...node, ...serverName(node.host) })
        : connectTcp({ host: node.host, port: node.port });
      this.connecting = true;
      this.stream = stream;
      tellOf(stream, isTls, (problem) => onAttempt(node, problem));
      stream.once('error', (error: Error) => (this.firstError = error));
      return Promise.resolve<Stream>(survivingErrors(stream));
    }
  };
}

/**
 * ioredis listens for the first error only, and an error without a listener ends the process. A refused certificate can cause
 * two: the verification error and the server's alert.
 */
function survivingErrors<T extends Stream>(stream: T): T {
  return stream.on('error', () => undefined);
}

function tellOf(stream: Stream, isTls: boolean, tell: (problem: string | null) => void): void {
  let isTold = false;
  const once = (problem: string | null) => {
    if (!isTold) tell(problem);
    isTold = true;
  };
  let hasConnected = false;
  stream.once('connect', () => {
    hasConnected = true;
    if (!isTls) once(null);
  });
  stream.once('secureConnect', () => once(null));
  stream.once('error', (error: NodeJS.ErrnoException) => once(error.code ?? error.name));
  // Closed without an error: by the connect timeout of ioredis.
  stream.once('close', () => once(hasConnected ? 'no answer to the TLS handshake' : 'ETIMEDOUT'));
}

/** ioredis gives all sentinels the same TLS options, which cannot hold the server name of each. */
export function sentinelConnectorFor(isTls: boolean, onAttempt: OnAttempt) {
  const Connector = connectorFor(isTls, onAttempt);
  return class extends SentinelConnector {
    constructor(options: unknown) {
      super(options as ConstructorParameters<typeof SentinelConnector>[0]);
      // `connectToSentinel` is private in ioredis' types.
      const self = this as unknown as Connecting;
      const connectToSentinel = self.connectToSentinel.bind(this);
      self.connectToSentinel = (endpoint, more) => connectToSentinel(endpoint, { ...more, Connector });
    }

    override async connect(emitter: ErrorEmitter): Promise<Stream> {
      return survivingErrors(await super.connect(emitter));
    }
  };
}

type ErrorEmitter = Parameters<SentinelConnector['connect']>[0];

interface Connecting {
  connectToSentinel(endpoint: unknown, options?: object): unknown;
}

/** The servers that cannot be reached, with the problem of the last attempt. */
export class Unreached {
  private readonly problems = new Map<string, string>();

  readonly note: OnAttempt = ({ host, port }, problem) => {
    const name = `${host}:${port}`;
    this.problems.delete(name);
    if (problem !== null) this.problems.set(name, problem);
  };

  /** The most recent problem. */
  get problem(): string | undefined {
    return [...this.problems.values()].at(-1);
  }
}
