import { within } from '../../platform/context/deadline.js';
import { storeTimeout, StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { script } from '../../platform/redis/batch.js';
import { type RedisLink } from '../../platform/redis/link.js';
import { type Taken } from './windows.js';

/** Less than the cache waits: both waits are in the way of one read. */
const patienceMs = 20;

/** With no other commands than the cache needs, so that a user of Redis needs no other rights. */
const takeScript = script(`
-- KEYS the window of a caller. ARGV calls that are wanted, calls of a window, length of a window in milliseconds
-- Returns how many of the wanted calls are granted, how many are left after them, and the milliseconds until the window ends.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, length = tonumber(ARGV[2]), tonumber(ARGV[3])
local taken, ends = 0, now + length
local known = redis.call('GET', KEYS[1])
if known then
  local count, at = string.match(known, '^(%d+) (%d+)$')
  -- Not if the clock was set back: the window would be longer.
  if count and tonumber(at) > now and tonumber(at) <= now + length then taken, ends = tonumber(count), tonumber(at) end
end
local granted = math.max(0, math.min(tonumber(ARGV[1]), most - taken))
if granted > 0 then
  redis.call('SET', KEYS[1], string.format('%d %d', taken + granted, ends), 'PX', ends - now)
end
return { granted, math.max(0, most - taken - granted), ends - now }
`);

/** Calls of one caller that are asked for in one script. */
interface Asking {
  /** The first one grows until the script is sent. */
  readonly args: [wanted: number, most: number, lengthMs: number];
  readonly reply: Promise<unknown>;
}

/** Counts in Redis, for all replicas. */
export class RedisWindows {
  private readonly unsent = new Map<string, Asking>();

  constructor(
    private readonly link: RedisLink,
    private readonly most: number,
    private readonly lengthMs: number,
  ) {}

  /**
   * Calls of one turn of the event loop are asked for together.
   *
   * @throws StoreUnavailable, at once while the last script for this server of Redis has failed
   */
  async take(name: string): Promise<Taken> {
    if (this.isAway(name)) throw new StoreUnavailable('The store is away.');
    const { args, reply } = this.unsent.get(name) ?? this.ask(name);
    const place = args[0];
    args[0] += 1;
    const [granted, left, msLeft] = (await reply) as [number, number, number];
    return { isGranted: place < granted, most: this.most, left, endsAt: performance.now() + msLeft };
  }

  /** Whether the last script for the server that counts this caller has failed. */
  isAway(name: string): boolean {
    return this.link.isFailing(keyOf(name));
  }

  private ask(name: string): Asking {
    const { promise: reply, resolve, reject } = Promise.withResolvers();
    const asking: Asking = { args: [0, this.most, this.lengthMs], reply };
    const close = () => this.unsent.get(name) === asking && this.unsent.delete(name);
    const onSend = () => {
      close();
      within(running, patienceMs, storeTimeout).then(resolve, reject);
    };
    const running = this.link.run({ script: takeScript, keys: [keyOf(name)], args: asking.args, onSend });
    this.unsent.set(name, asking);
    // Without a connection it is not sent.
    running.catch((error: unknown) => {
      close();
      reject(error);
    });
    return asking;
  }
}

function keyOf(name: string): string {
  return `og:{${name}}:calls`;
}
