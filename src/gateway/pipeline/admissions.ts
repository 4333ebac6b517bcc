import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

export const admittedForMs = 30_000;
const max = 10_000;

/** Which credentials Cloudflare has just accepted, and in which zones. Both by the names the cache gives them. */
@Injectable()
export class Admissions {
  private readonly admitted = new LRUCache<string, true>({ max, ttl: admittedForMs });

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
