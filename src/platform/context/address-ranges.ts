import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from './address.js';

/** An address and the length of its network prefix. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
}

/** The range that a text such as `10.0.0.0/8`, `2001:db8::/32` or `192.0.2.1` names; undefined if it names none. */
export function addressRange(text: string): AddressRange | undefined {
  const [, sent = '', length] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(sent);
  const bits = bitsOf(address);
  // An IPv4 address that was written as an IPv6 one: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
  const mappedBits = isIPv6(sent) && bits === 32 ? 96 : 0;
  const prefix = length === undefined ? bits : Number(length) - mappedBits;
  return bits > 0 && prefix >= 0 && prefix <= bits ? { address, prefix } : undefined;
}

/** Ranges of IP addresses. */
export class AddressRanges {
  // Apart: an IPv6 range such as `::/0` would contain all IPv4 addresses.
  private readonly lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(ranges: readonly AddressRange[]) {
    for (const { address, prefix } of ranges) {
      const family = familyOf(address);
      this.lists[family].addSubnet(address, prefix, family);
    }
  }

  /** @param address as `canonicalAddress` spells it; other text is in no range */
  has(address: string): boolean {
    const family = familyOf(address);
    return bitsOf(address) > 0 && this.lists[family].check(address, family);
  }
}

function bitsOf(address: string): number {
  if (isIPv4(address)) return 32;
  return isIPv6(address) ? 128 : 0;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
