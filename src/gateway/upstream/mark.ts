import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { KEY_RING, type KeyRing } from '../../platform/keys/key-ring.js';
import { type Client } from '../request/client.js';

const prefix = 'origin-pulls-gateway-';
/** Of gateways one behind the other. */
const mostHops = 8;

/**
 * Marks each request upstream in its `Via` (RFC 9110 §7.6.3), to recognize a request that comes back. The mark is derived from
 * the root key, which all replicas share.
 */
@Injectable()
export class Mark {
  private readonly pseudonym: string;

  constructor(@Inject(KEY_RING) ring: KeyRing) {
    const key = ring.derive(ring.root, 'loop-mark');
    if (!key) throw new Error('The key ring has no root key.');
    this.pseudonym = prefix + createHmac('sha256', key).update('via').digest('hex').slice(0, 16);
  }

  /** Whether this deployment sent the request. Servers in between add to the list at both ends. */
  isIn({ via }: Pick<Client, 'via'>): boolean {
    return via !== undefined && gatewaysIn(via).includes(this.pseudonym);
  }

  /** The `Via` of a request upstream, with the gateways that it came through: one may lead back to another. */
  viaOf({ via }: Pick<Client, 'via'>): string {
    const hops = [...gatewaysIn(via).slice(0, mostHops), this.pseudonym];
    return hops.map((hop) => `1.1 ${hop}`).join(', ');
  }
}

function gatewaysIn(via = ''): string[] {
  const names = via.split(',').map((hop) => hop.trim().split(/\s+/)[1]?.toLowerCase() ?? '');
  return names.filter((name) => name.startsWith(prefix) && /^[\da-f]{16}$/.test(name.slice(prefix.length)));
}
