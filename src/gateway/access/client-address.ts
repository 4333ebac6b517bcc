import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { canonicalAddress } from '../../platform/context/address.js';
import { type AddressRanges } from '../../platform/context/address-ranges.js';
import { joined } from './credential-from.js';

/**
 * The address of the client. It is that of the connection, unless a trusted proxy has made the connection: then it is the one that
 * the proxy has named, and so on, from the right to the left, as long as the address is a trusted proxy. What stands
 * further left may be anything: the client has sent it.
 */
export function clientAddress(
  connected: string,
  headers: IncomingHttpHeaders,
  trusted: AddressRanges | undefined,
): string {
  let address = canonicalAddress(connected);
  if (!trusted?.has(address)) return address;
  for (const named of namedAddresses(headers)) {
    if (named === null) return address;
    address = named;
    if (!trusted.has(address)) return address;
  }
  return address;
}

/**
 * The addresses that the proxies have named, the last one first; null for what is no address. A proxy writes one of the two headers,
 * and a client could have sent the other: of both, only what they agree on is an address.
 */
function namedAddresses(headers: IncomingHttpHeaders): (string | null)[] {
  const { 'x-forwarded-for': list, forwarded } = headers;
  const listed = list === undefined ? null : fromRight(joined(list)).map(addressOf);
  const elements = forwarded === undefined ? null : fromRight(forwarded).map(addressIn);
  if (listed && elements)
    return listed.map((address, index) => (address === elements[index] ? address : null));
  return listed ?? elements ?? [];
}

/** The members of a list, the last one first. A comma between quotes separates nothing, and a lone quote spoils nothing to its right. */
function fromRight(list: string): string[] {
  const members: string[] = [];
  let end = list.length;
  let isQuoted = false;
  for (let at = end - 1; at >= 0; at -= 1) {
    if (list[at] === '"') isQuoted = !isQuoted;
    if (list[at] !== ',' || isQuoted) continue;
    members.push(list.slice(at + 1, end));
    end = at;
  }
  return [...members, list.slice(0, end)];
}

/** RFC 7239 §4. Proxies leave out the quotes that an IPv6 address and a port need. */
const pair = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))\s*(?:;|$)/y;

/** The address in an element of `Forwarded`; null if it is malformed, or has no one `for`. */
function addressIn(element: string): string | null {
  let found: string | null = null;
  for (pair.lastIndex = 0; pair.lastIndex < element.length;) {
    const [, name = '', quoted, plain] = pair.exec(element) ?? [];
    if (name === '') return null;
    if (name.toLowerCase() !== 'for') continue;
    if (found !== null) return null;
    found = quoted ?? plain ?? '';
  }
  return found === null ? null : addressOf(found);
}

const inBrackets = /^\[([^\]]*)\](?::[\w.-]+)?$/;
const beforePort = /^([^:]*):[\w.-]+$/;

/** The address of a node, with or without a port; null if it names none, as `unknown` and `_hidden` do. */
function addressOf(node: string): string | null {
  const text = node.trim();
  const address = inBrackets.exec(text)?.[1] ?? beforePort.exec(text)?.[1] ?? text;
  return isIP(address) > 0 ? canonicalAddress(address) : null;
}
