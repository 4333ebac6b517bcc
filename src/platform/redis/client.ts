import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { connectorFor, type OnAttempt, sentinelConnectorFor, serverName } from './connector.js';
import { type RedisAddress } from '../config/redis-url.js';

/** Short enough to reconnect soon, long enough not to flood a server that is starting. */
const longestRetryMs = 125;
const connectWithinMs = 750;
/** A connection that is silent for so long while replies are due is closed, because only a new one shows that the server is back. */
const silentForMs = 500;

/**
 * A client that neither queues nor repeats commands, and sends them to masters only. `connect()` has to be called.
 *
 * `RedisBatch` makes the pipelines. The auto-pipelining of ioredis 6 has two defects: the `Buffer` forms of `call` and of custom
 * scripts return strings, and a batch waits for the reply to the previous one.
 */
export function redisClient(address: RedisAddress, onAttempt: OnAttempt): Redis | Cluster {
  const { username, password, isTls } = address;
  const common = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
    ...(isTls && { tls: {} }),
    // Every server supports RESP2, and nothing here needs RESP3.
    protocol: 2 as const,
    disableClientInfo: true,
    connectTimeout: connectWithinMs,
    // A connection that is closing keeps the process alive.
    disconnectTimeout: 100,
    socketTimeout: silentForMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    lazyConnect: true,
  } satisfies RedisOptions;
  const Connector = connectorFor(isTls, onAttempt);
  if (address.kind === 'cluster') {
    return new Cluster([...address.nodes], {
      redisOptions: { ...common, Connector },
      lazyConnect: true,
      // Keeps the hostnames, which TLS needs for SNI. Each is resolved when it is connected to.
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
    // The master was demoted: the next connection may reach the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if (address.kind === 'single') return new Redis({ ...one, ...address.nodes[0], Connector });
  return new Redis({
    ...one,
    sentinels: [...address.nodes],
    name: address.master,
    sentinelUsername: address.sentinelLogin.username ?? '',
    sentinelPassword: address.sentinelLogin.password?.reveal() ?? '',
    Connector: sentinelConnectorFor(isTls, onAttempt),
    ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: {}, natMap: named }),
    sentinelRetryStrategy: retryAfter,
    // Without it, restarting a sentinel ends the subscription to failovers.
    sentinelReconnectStrategy: retryAfter,
    sentinelCommandTimeout: silentForMs,
    failoverDetector: true,
  });
}

/** The master's address, as a sentinel gives it, with the name for SNI. */
function named(address: string) {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return { host, port: Number(address.slice(colon + 1)), ...serverName(host) };
}

function retryAfter(times: number): number {
  return Math.min(25 * 2 ** Math.min(times, 10), longestRetryMs);
}
