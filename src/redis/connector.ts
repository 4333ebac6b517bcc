import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, SentinelConnector } from 'ioredis';
import { type RedisNode } from './url.js';

type Stream = ReturnType<typeof connectTcp>;

/** Told of each attempt to connect: why it failed, in the words of `Unreached`, or null where it did not. */
export type OnAttempt = (node: RedisNode, problem: string | null) => void;

/** What ioredis gives a connector; the rest of its options is its own. */
interface Options extends RedisNode {
  readonly disconnectTimeout: number;
  readonly isTls: boolean;
}

/** A proxy that has several certificates chooses by this name; an address is none (RFC 6066, section 3). */
export function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/**
 * Connects to one server. ioredis' own connector names no server in the handshake, and of a node of a cluster and of a
 * sentinel it keeps the reason to itself.
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
 * ioredis listens for one error. A certificate that is refused and the alert of the server can be two, and an error without
 * a listener ends the process.
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
  // Without an error: ioredis has waited long enough.
  stream.once('close', () => once(hasConnected ? 'no answer to the TLS handshake' : 'ETIMEDOUT'));
}

/** ioredis gives all sentinels one set of TLS options, in which the name of no host can stand. */
export function sentinelConnectorFor(isTls: boolean, onAttempt: OnAttempt) {
  const Connector = connectorFor(isTls, onAttempt);
  return class extends SentinelConnector {
    constructor(options: unknown) {
      super(options as ConstructorParameters<typeof SentinelConnector>[0]);
      // Private in ioredis' types.
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

/** Why servers could not be reached, by server: the last one of those that still cannot. */
export class Unreached {
  private readonly problems = new Map<string, string>();

  readonly note: OnAttempt = ({ host, port }, problem) => {
    const name = `${host}:${port}`;
    this.problems.delete(name);
    if (problem !== null) this.problems.set(name, problem);
  };

  get problem(): string | undefined {
    return [...this.problems.values()].at(-1);
  }
}
