import { Cluster, Command, type Redis } from 'ioredis';

/** Enough that each server of a cluster has one of them. */
const mostProbeKeys = 2000;
const failuresToSkip = 3;
const skipMs = 100;

/**
 * A circuit breaker: after three failures in a row it lets one request pass every 100 ms, until one succeeds. A request
 * already in flight when a failure was counted does not count again: one outage seen by 100 requests is one failure.
 */
export class RedisGate {
  /** Why it is closed; empty while it is open. */
  reason = '';
  private failures = 0;
  private failedAt = -Infinity;
  private skipUntil = 0;

  /** Whether the last request failed, and that a moment ago. */
  isFailing(now: number): boolean {
    return this.failures > 0 && now < this.skipUntil;
  }

  mayPass(now: number): boolean {
    if (this.failures < failuresToSkip) return true;
    if (now < this.skipUntil) return false;
    this.skipUntil = now + skipMs;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.reason = '';
  }

  failed(askedAt: number, now: number, reason: string): void {
    if (askedAt >= this.failedAt) {
      this.failures += 1;
      this.failedAt = now;
      this.skipUntil = now + skipMs;
    }
    if (this.failures >= failuresToSkip) this.reason = reason;
  }
}

/** One gate per server: a cluster node that is away closes the gate for its own slots only. */
export class RedisGates {
  private readonly gates = new Map<string, RedisGate>();

  constructor(
    private readonly client: Redis | Cluster,
    private readonly onChange: () => void,
  ) {
    if (!(client instanceof Cluster)) {
      client.on('ready', () => this.connected(''));
      return;
    }
    client.on('+node', (node: Redis) => node.on('ready', () => this.connected(nameOf(node))));
    client.on('-node', (node: Redis) => {
      // Its slots have moved to other nodes.
      this.gates.delete(nameOf(node));
      this.onChange();
    });
  }

  /** The gate of the server that has the key. */
  of(key: string): RedisGate {
    const server = this.serverOf(key);
    const known = this.gates.get(server);
    if (known) return known;
    const gate = new RedisGate();
    this.gates.set(server, gate);
    return gate;
  }

  /** A key of the probe's own for each server. */
  probeKeys(): string[] {
    const servers = this.client instanceof Cluster ? this.client.nodes('master').length : 1;
    const keys = new Map<string, string>();
    for (let number = 0; number < mostProbeKeys && keys.size < Math.max(1, servers); number += 1) {
      const key = `og:probe:${number}`;
      const server = this.serverOf(key);
      if (!keys.has(server)) keys.set(server, key);
    }
    return [...keys.values()];
  }

  /** Why a gate is closed; empty while all are open. */
  get reason(): string {
    for (const { reason } of this.gates.values()) if (reason !== '') return reason;
    return '';
  }

  /** After a reconnect the old reason no longer holds; the next reply opens the gate. */
  private connected(server: string): void {
    const gate = this.gates.get(server);
    if (gate) gate.reason = '';
    this.onChange();
  }

  private serverOf(key: string): string {
    if (!(this.client instanceof Cluster)) return '';
    return this.client.slots[new Command('exists', [key]).getSlot()]?.[0] ?? '';
  }
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
