import { networkInterfaces } from 'node:os';
import { canonicalAddress } from '../context/address.js';

/** Whether a URL leads to what this process is going to listen on: each request would come back to it without end. */
export function isOwnAddress(url: URL, host: string, port: number): boolean {
  if (port === 0 || portOf(url) !== port) return false;
  const asked = spelt(url.hostname);
  const own = spelt(host);
  if (own === asked) return true;
  if (isWildcard(own)) return isWildcard(asked) || localAddresses().includes(asked) || asked === loopback;
  return isWildcard(asked) && localAddresses().includes(own);
}

/** One name for every loopback name and address: each of them reaches a program that listens on another. */
const loopback = 'localhost';

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** The canonical address; a name in lower case, without the dot that may end it. */
function spelt(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  // `URL` reads every form of an IPv4 address, such as `127.1`.
  const name = URL.parse(`http://${bare}`)?.hostname ?? canonicalAddress(bare.toLowerCase());
  return isThisMachine(name) ? loopback : name;
}

function isThisMachine(name: string): boolean {
  return name === loopback || name.endsWith('.localhost') || name === '::1' || name.startsWith('127.');
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function localAddresses(): string[] {
  const known = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return known.map(({ address }) => spelt(address));
}
