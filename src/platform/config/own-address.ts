import { networkInterfaces } from 'node:os';

/** Whether a URL leads to what this process is going to listen on: each of its requests would go round and round. */
export function isOwnAddress(url: URL, host: string, port: number): boolean {
  if (port === 0 || portOf(url) !== port) return false;
  const asked = spelt(url.hostname);
  const own = spelt(host);
  if (own === asked) return true;
  if (isWildcard(own)) return isWildcard(asked) || localAddresses().includes(asked) || asked === loopback;
  // An address that takes any other one of this machine.
  return isWildcard(asked) && localAddresses().includes(own);
}

/** One name for all that is this machine alone: a program that listens on one of them is meant by the others. */
const loopback = 'localhost';

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** As `URL` spells it, which knows every form of an address; a name without the dot that may end it. */
function spelt(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const url = `http://${bare.includes(':') ? `[${bare}]` : bare}`;
  const name = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : bare.toLowerCase();
  return isThisMachine(withoutMapping(name)) ? loopback : withoutMapping(name);
}

function isThisMachine(name: string): boolean {
  return name === loopback || name.endsWith('.localhost') || name === '::1' || name.startsWith('127.');
}

/** An IPv4 address in IPv6 (`::ffff:7f00:1`) is that IPv4 address. */
function withoutMapping(address: string): string {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = parseInt(high, 16) * 65_536 + parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function localAddresses(): string[] {
  const known = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return known.map(({ address }) => spelt(address));
}
