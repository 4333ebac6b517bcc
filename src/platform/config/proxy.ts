import { BlockList, isIP } from 'node:net';
import { type Environment } from './environment.js';
import { isLoopback, SettingsError } from './settings.js';

const form = 'must be http[s]://[user:password@]host[:port]';

/**
 * The proxy in `HTTPS_PROXY` or `https_proxy`; null if upstream is plain HTTP, on this machine, or in `NO_PROXY`.
 *
 * @throws SettingsError if it is not a usable URL. Its value, which may contain a password, is not in the message
 */
export function proxyTo(upstream: URL, environment: Environment = process.env): URL | null {
  const setting = settingFor(upstream, environment);
  if (setting && !setting.proxy) throw new SettingsError([`${setting.name}: ${form}`]);
  return setting?.proxy ?? null;
}

/** The name and the problem of the variable; null if it can be used. */
export function proxyProblem(upstream: URL, environment: Environment = process.env): [string, string] | null {
  const setting = settingFor(upstream, environment);
  return setting && !setting.proxy ? [setting.name, form] : null;
}

function settingFor(upstream: URL, environment: Environment): { name: string; proxy: URL | null } | null {
  if (upstream.protocol !== 'https:' || isLoopback(upstream.hostname)) return null;
  const name = ['https_proxy', 'HTTPS_PROXY'].find((each) => environment[each]?.trim());
  if (name === undefined || isExcepted(upstream, environment['no_proxy'] || environment['NO_PROXY'] || ''))
    return null;
  const given = (environment[name] ?? '').trim();
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const proxy = URL.canParse(text) ? new URL(text) : null;
  return { name, proxy: proxy && /^https?:$/.test(proxy.protocol) && proxy.hostname !== '' ? proxy : null };
}

/** Names match with all that is below them, as curl and Go do it; addresses by CIDR too, and either with a port. */
function isExcepted(upstream: URL, noProxy: string): boolean {
  const host = upstream.hostname.replace(/^\[|\]$/g, '');
  const port = upstream.port || '443';
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', ofPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (ofPort !== undefined && ofPort !== port) return false;
      return isNamed(host, name.replace(/^\[|\]$/g, ''));
    });
}

function isNamed(host: string, name: string): boolean {
  if (name === '*') return true;
  if (isIP(host) !== 0) return isInRange(host, name);
  const suffix = name.replace(/^\*?\.|\.$/g, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function isInRange(address: string, range: string): boolean {
  const [net = '', bits] = range.split('/');
  const family = isIP(net);
  if (family === 0 || family !== isIP(address)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const most = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(net, prefix, type);
  return list.check(address, type);
}
