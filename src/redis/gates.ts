import { Cluster, Command, type Redis } from 'ioredis';
import { RedisGate } from './gate.js';

/** One gate before each server: a node of a cluster that is away closes the zones in its own slots, and no others. */
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
      // Others have its slots by now.
      this.gates.delete(nameOf(node));
      this.onChange();
    });
  }

  /** The one before the server that has the key. */
  before(key: string): RedisGate {
    const server = this.serverOf(key);
    const known = this.gates.get(server);
    if (known) return known;
    const gate = new RedisGate();
    this.gates.set(server, gate);
    return gate;
  }

  /** The first of the keys that each server has. */
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

  /** Why one of them is closed; empty where none is. */
  get reason(): string {
    for (const { reason } of this.gates.values()) if (reason !== '') return reason;
    return '';
  }

  /** That it can be used, the next answer says; what was said of it before holds no more. */
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
