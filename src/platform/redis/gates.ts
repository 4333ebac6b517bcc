import { Cluster, Command, type Redis } from 'ioredis';
import { RedisGate } from './gate.js';

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

  /** For each server, the first of the keys that it has. */
  keysAtEach(keys: Iterable<string>): string[] {
    const servers = this.client instanceof Cluster ? this.client.nodes('master').length : 1;
    const found = new Map<string, string>();
    for (const key of keys) {
      if (found.size >= Math.max(1, servers)) break;
      const server = this.serverOf(key);
      if (!found.has(server)) found.set(server, key);
    }
    return [...found.values()];
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
