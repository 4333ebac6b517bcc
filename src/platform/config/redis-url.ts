import { z } from 'zod';
import { Secret } from '../context/secret.js';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly username?: string;
  readonly password?: Secret;
}

/** The servers of a `REDIS_URL`. */
export type RedisAddress = Login & { readonly isTls: boolean } & (
    | { readonly kind: 'single'; readonly nodes: readonly [RedisNode]; readonly db: number }
    | {
        readonly kind: 'sentinel';
        readonly nodes: readonly RedisNode[];
        readonly master: string;
        readonly db: number;
        /** For the sentinels, which have passwords of their own. */
        readonly sentinelLogin: Login;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
  );

/** It does not quote the value, which may hold a password. */
const redisUrlForms =
  'must be redis[s]://[user:password@]host:port[/db], redis[s]+sentinel://…@host:port,host:port/master-name[/db][?sentinel=user:password] or redis[s]+cluster://…@host:port,host:port';

const form =
  /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?sentinel=([^?#&=]+))?$/;
const node = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

/** The setting. Its value is the parsed URL. */
export const redisUrlSchema = z.string().transform((text, context): RedisAddress => {
  const address = addressOf(text);
  if (address) return address;
  context.addIssue({ code: 'custom', message: redisUrlForms });
  return z.NEVER;
});

/** Null if the text matches none of `redisUrlForms`. */
function addressOf(text: string): RedisAddress | null {
  const match = form.exec(text);
  if (!match) return null;
  const [, tls, kind = 'single', userInfo, hosts = '', path = '', sentinelInfo] = match;
  const login = loginOf(userInfo);
  const sentinelLogin = loginOf(sentinelInfo);
  const access = login && { isTls: tls === 's', ...login };
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26_379 : 6379));
  if (!access || !sentinelLogin || !nodes.every((each) => each !== null)) return null;
  if (sentinelInfo !== undefined && kind !== 'sentinel') return null;
  const [first] = nodes;
  const parts = path === '' ? [] : path.split('/');
  switch (kind) {
    case 'sentinel': {
      const [master = '', db] = parts;
      const index = dbOf(db);
      if (!/^[A-Za-z0-9._-]+$/.test(master) || index === null || parts.length > 2) return null;
      return { kind, ...access, nodes, master, db: index, sentinelLogin };
    }
    case 'cluster':
      return parts.length === 0 ? { kind, ...access, nodes } : null;
    default: {
      const db = dbOf(parts[0]);
      if (!first || nodes.length > 1 || db === null || parts.length > 1) return null;
      return { kind: 'single', ...access, nodes: [first], db };
    }
  }
}

/** Percent-encoded `user:password`; either may be missing. */
function loginOf(text: string | undefined): Login | null {
  if (text === undefined) return {};
  const colon = text.indexOf(':');
  try {
    const username = decodeURIComponent(colon === -1 ? text : text.slice(0, colon));
    const password = colon === -1 ? '' : decodeURIComponent(text.slice(colon + 1));
    return { ...(username && { username }), ...(password && { password: new Secret(password) }) };
  } catch {
    return null;
  }
}

function nodeOf(text: string, defaultPort: number): RedisNode | null {
  const [, host, digits] = node.exec(text) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

function dbOf(text: string | undefined): number | null {
  if (text === undefined) return 0;
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}
