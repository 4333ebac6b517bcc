import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

export const admittedForMs = 30_000;

/** Which credentials Cloudflare has just accepted, and in which zones: both by the names that the cache gives them. */
@Injectable()
export class Admissions {
  private readonly admitted = new LRUCache<string, true>({ max: 10_000, ttl: admittedForMs });

  note(who: string, zone: string): void {
    this.admitted.set(keyOf(who, zone), true);
  }

  has(who: string, zone: string): boolean {
    return this.admitted.has(keyOf(who, zone));
  }

  /** @param zone all zones unless given */
  forget(who: string, zone?: string): void {
    const keys = zone === undefined ? this.admitted.keys() : [keyOf(who, zone)];
    for (const key of [...keys]) if (key.startsWith(`${who} `)) this.admitted.delete(key);
  }
}

function keyOf(who: string, zone: string): string {
  return `${who} ${zone}`;
}
