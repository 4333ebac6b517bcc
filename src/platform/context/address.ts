import { isIPv6 } from 'node:net';

const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The canonical text of an IP address: RFC 5952 without a zone id, which names an interface of this machine;
 * `::ffff:1.2.3.4` is `1.2.3.4`. Other text is returned unchanged.
 */
export function canonicalAddress(text: string | undefined): string {
  // IPv4, in most cases.
  if (!text?.includes(':')) return text ?? '';
  const [address = ''] = text.split('%');
  if (!isIPv6(address)) return text;
  // WHATWG's URL writes IPv6 addresses as RFC 5952 does.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = mapped.exec(canonical) ?? [];
  return high === undefined || low === undefined ? canonical : dotted(high, low);
}

function dotted(...groups: string[]): string {
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
}
