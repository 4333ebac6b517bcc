import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { connectorFor, type OnAttempt, sentinelConnectorFor, serverName } from './connector.js';
import { type RedisAddress } from './url.js';

/** In use again soon after it comes back, and not hammered while it is away. */
const longestRetryMs = 125;
const connectWithinMs = 750;
/** A connection that owes answers for so long is given up: behind it, nothing would be known of the server coming back. */
const silentForMs = 500;

/**
 * A client that never queues and never repeats: what is not answered in time is not waited for. It asks masters only.
 *
 * `RedisBatch` decides what goes out together. Traps in ioredis 6, were its auto-pipelining switched on: the `Buffer` forms
 * of `call` and of scripts of one's own lose what makes them so, and a batch waits for the last one to be answered.
 */
export function redisClient(address: RedisAddress, onAttempt: OnAttempt): Redis | Cluster {
  const { username, password, isTls } = address;
  const common = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: {} }),
    // Nothing here needs the third, and every server speaks the second.
    protocol: 2 as const,
    disableClientInfo: true,
    connectTimeout: connectWithinMs,
    // How long a connection that is closed may take over it; it holds the process.
    disconnectTimeout: 100,
    socketTimeout: silentForMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  } satisfies RedisOptions;
  const Connector = connectorFor(isTls, onAttempt);
  if (address.kind === 'cluster') {
    return new Cluster([...address.nodes], {
      redisOptions: { ...common, Connector },
      // Their names stay, for the handshake of TLS; each is looked up as it is connected to.
      dnsLookup: (host, done) => done(null, host),
      enableOfflineQueue: false,
      clusterRetryStrategy: retryAfter,
      clusterNodeRetryStrategy: retryAfter,
      slotsRefreshTimeout: silentForMs,
      slotsRefreshInterval: 1000,
      retryDelayOnFailover: 25,
      retryDelayOnClusterDown: 25,
      maxRedirections: 3,
    });
  }
  const one = {
    ...common,
    retryStrategy: retryAfter,
    db: address.db,
    enableOfflineQueue: false,
    // A master that is one no more: the next connection may find the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if (address.kind === 'single') return new Redis({ ...one, ...address.nodes[0], Connector });
  return new Redis({
    ...one,
    sentinels: [...address.nodes],
    name: address.master,
    sentinelUsername: address.sentinelLogin.username ?? '',
    sentinelPassword: address.sentinelLogin.password ?? '',
    Connector: sentinelConnectorFor(isTls, onAttempt),
    ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: {}, natMap: named }),
    sentinelRetryStrategy: retryAfter,
    // Else whoever restarts a sentinel ends the watch for failovers.
    sentinelReconnectStrategy: retryAfter,
    sentinelCommandTimeout: silentForMs,
    failoverDetector: true,
  });
}

/** A master as a sentinel names it, and what it is called in the handshake of TLS. */
function named(address: string) {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return { host, port: Number(address.slice(colon + 1)), ...serverName(host) };
}

function retryAfter(times: number): number {
  return Math.min(25 * 2 ** Math.min(times, 10), longestRetryMs);
}
