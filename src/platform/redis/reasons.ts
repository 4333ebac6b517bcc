import { tlsRefusal } from '../errors/tls-refusal.js';
import { StoreUnavailable } from '../errors/store-unavailable.js';

/** Why Redis cannot be used, as health and log show it: `timeout`, `connection (ENOTFOUND)`, `readonly`, `noperm zadd`. */
export type Reason = string;

/** A command failed, for a known reason. */
export class RedisFailure extends StoreUnavailable {
  constructor(readonly reason: Reason) {
    super(`The store failed: ${reason}.`, isLasting(reason));
  }
}

export const isNodeOfCluster: Reason = 'it is a node of a cluster: redis+cluster://';

/** Errors of a server that mean a wrong `REDIS_URL`, which no retry mends. */
const wrongUrls: readonly (readonly [RegExp, Reason])[] = [
  [/^(MOVED|ASK|CROSSSLOT) |SELECT is not allowed in cluster/, isNodeOfCluster],
  [/cluster support disabled/, 'it is no cluster: redis://'],
  [/unknown command '?`?sentinel/i, 'it is no sentinel: redis://'],
  [
    /unknown command '?`?(eval|evalsha|select)\b/i,
    'it is a sentinel, or knows no scripts: redis+sentinel://',
  ],
  [/invalid reply: null|No such master/, 'the sentinel knows no master of that name'],
  [/DB index is out of range|invalid DB index/i, 'no such database'],
  [/^Protocol error/, 'it answers in another protocol: rediss:// where it wants TLS'],
];

const lasting = /^(?:noperm|wrongpass|noauth|connection \(ENOTFOUND\)|readonly: )/;

/** The error code of a server's reply, or of the last reply that ioredis quotes from a sentinel or a cluster node. */
const said = /(?:^-?|Last error: (?:ReplyError: )?)([A-Z]{2,20}) /;
/** The command that the user may not run. The rest of the message may quote arguments. */
const notAllowed = /NOPERM.* run the '([a-z|-]{1,40})' command/;

/** Never the message itself, which may quote arguments. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof RedisFailure) return error.reason;
  if (error instanceof StoreUnavailable) return 'timeout';
  const { message = '', code, lastNodeError } = (error ?? {}) as Partial<Told>;
  if (lastNodeError) return reasonOf(lastNodeError);
  const wrongUrl = wrongUrls.find(([pattern]) => pattern.test(message))?.[1];
  if (wrongUrl !== undefined) return wrongUrl;
  const command = notAllowed.exec(message)?.[1];
  if (command !== undefined) return `noperm ${command}`;
  // Redis 7 does not name the command if a script runs it.
  if (message.includes("can't run this command")) return 'noperm';
  const word = said.exec(message)?.[1];
  if (word !== undefined) return word.toLowerCase();
  return typeof code === 'string' && /^\w{2,60}$/.test(code) ? `connection (${code})` : 'connection';
}

/** Whether the trouble lasts until the URL, the server or the user's permissions are changed. */
export function isLasting(reason: Reason): boolean {
  const isWrongUrl = wrongUrls.some(([, wrong]) => wrong === reason);
  return isWrongUrl || tlsRefusal.test(reason) || lasting.test(reason);
}

/** The members of ioredis' and Node's errors that tell the cause. */
interface Told {
  readonly message: string;
  readonly code: unknown;
  readonly lastNodeError: unknown;
}

/** How specific a reason is: 1 no reply, 2 why there is no connection, 3 what the server refuses. */
export function weightOf(reason: Reason): number {
  if (reason === '') return 0;
  if (reason === 'timeout' || reason === 'connection') return 1;
  return reason === 'err' || reason.startsWith('connection (') ? 2 : 3;
}
