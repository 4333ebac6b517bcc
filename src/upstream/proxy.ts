import { BlockList, isIP } from 'node:net';
import { RequestError } from 'got';
import { isLoopback, SettingsError } from '../config/settings.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Operation } from './operations.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that `HTTPS_PROXY` names, in either case as curl takes it; null where upstream is plain HTTP, this machine, or
 * named by `NO_PROXY`.
 *
 * @throws SettingsError where it is no proxy that can be used; without its value, in which a password may stand
 */
export function proxyTo(upstream: URL, environment: Environment): URL | null {
  if (upstream.protocol !== 'https:' || isLoopback(upstream.hostname)) return null;
  const name = ['https_proxy', 'HTTPS_PROXY'].find((each) => environment[each]?.trim());
  if (name === undefined || isExcepted(upstream, environment['no_proxy'] || environment['NO_PROXY'] || ''))
    return null;
  const given = (environment[name] ?? '').trim();
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const proxy = URL.canParse(text) ? new URL(text) : null;
  if (proxy && /^https?:$/.test(proxy.protocol) && proxy.hostname !== '') return proxy;
  throw new SettingsError([`${name}: must be http[s]://[user:password@]host[:port]`]);
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

/** What failed before the tunnel was there, in the proxy's words; null where it was not the proxy. */
export function proxyFailure({ kind }: Operation, error: unknown): GatewayError | null {
  if (!(error instanceof RequestError) || error.timings?.secureConnect !== undefined) return null;
  const problem = problemOf(error);
  if (problem === null) return null;
  const unsent = kind === 'write' ? ' Nothing was changed.' : '';
  return new GatewayError('upstream_unreachable', `The proxy of HTTPS_PROXY ${problem}.${unsent}`, {
    cause: { code: error.code },
    retry: kind === 'read' && !problem.startsWith('refused'),
  });
}

const unreachable =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE)$/;

function problemOf({ code, message }: RequestError): string | null {
  if (code === 'ERR_PROXY_TUNNEL') {
    const [, status] = /HTTP\/1\.\d (\d{3})/.exec(message) ?? [];
    if (status === '407') return 'refused the connection with 407: it wants a user and a password, or others';
    if (status !== undefined) return `refused the connection to Cloudflare with ${status}`;
    return /timed out/.test(message) ? 'did not answer in time' : 'closed the connection';
  }
  if (code === 'ETIMEDOUT') return 'did not answer in time';
  return unreachable.test(code) ? `could not be reached (${code})` : null;
}
