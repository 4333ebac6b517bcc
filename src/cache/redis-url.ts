export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly username?: string;
  readonly password?: string;
  readonly isTls: boolean;
}

/** What a `REDIS_URL` names. */
export type RedisAddress = Access &
  (
    | { readonly kind: 'single'; readonly nodes: readonly [RedisNode]; readonly db: number }
    | {
        readonly kind: 'sentinel';
        readonly nodes: readonly RedisNode[];
        readonly master: string;
        readonly db: number;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
  );

/** For `SettingsError`: says the forms, never the value, in which a password may stand. */
export const redisUrlForms =
  'must be redis[s]://[user:password@]host:port[/db], redis[s]+sentinel://…@host:port,host:port/master-name[/db] or redis[s]+cluster://…@host:port,host:port';

const form = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/;
const node = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

/** Null where it is none of `redisUrlForms`. */
export function parseRedisUrl(text: string): RedisAddress | null {
  const match = form.exec(text);
  if (!match) return null;
  const [, tls, kind = 'single', userInfo, hosts = '', path = ''] = match;
  const access = accessOf(userInfo, tls === 's');
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26_379 : 6379));
  if (!access || !nodes.every((each) => each !== null)) return null;
  const [first] = nodes;
  const parts = path === '' ? [] : path.split('/');
  switch (kind) {
    case 'sentinel': {
      const [master = '', db] = parts;
      const index = dbOf(db);
      if (!/^[A-Za-z0-9._-]+$/.test(master) || index === null || parts.length > 2) return null;
      return { kind, ...access, nodes, master, db: index };
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

function accessOf(userInfo: string | undefined, isTls: boolean): Access | null {
  if (userInfo === undefined) return { isTls };
  const colon = userInfo.indexOf(':');
  try {
    const username = decodeURIComponent(colon === -1 ? userInfo : userInfo.slice(0, colon));
    const password = colon === -1 ? '' : decodeURIComponent(userInfo.slice(colon + 1));
    return { isTls, ...(username && { username }), ...(password && { password }) };
  } catch {
    return null;
  }
}

function nodeOf(text: string, defaultPort: number): RedisNode | null {
  const match = node.exec(text);
  const [, host = '', digits] = match ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (!match || port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

function dbOf(text: string | undefined): number | null {
  if (text === undefined) return 0;
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}
