import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { admittingReads, type PermissionArea } from '../../domain/cloudflare/operations.js';

export const admittedForMs = 30_000;

const areas = Object.keys(admittingReads) as PermissionArea[];

/** Which credentials Cloudflare has just accepted, in which zones and for what: the first two by the names that the cache gives them. */
@Injectable()
export class Admissions {
  private readonly admitted = new LRUCache<string, true>({ max: 10_000, ttl: admittedForMs });

  note(who: string, zone: string, area: PermissionArea): void {
    this.admitted.set(keyOf(who, zone, area), true);
  }

  has(who: string, zone: string, area: PermissionArea): boolean {
    return this.admitted.has(keyOf(who, zone, area));
  }

  /** Of one permission in a zone. */
  forgetArea(who: string, zone: string, area: PermissionArea): void {
    this.admitted.delete(keyOf(who, zone, area));
  }

  /** @param zone all zones unless given */
  forget(who: string, zone?: string): void {
    if (zone !== undefined) {
      for (const area of areas) this.forgetArea(who, zone, area);
      return;
    }
    for (const key of [...this.admitted.keys()]) if (key.startsWith(`${who} `)) this.admitted.delete(key);
  }
}

function keyOf(who: string, zone: string, area: PermissionArea): string {
  return `${who} ${zone} ${area}`;
}
