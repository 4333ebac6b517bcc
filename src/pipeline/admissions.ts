import { Injectable } from '@nestjs/common';

export const admittedForMs = 30_000;
const most = 10_000;

/** Which credentials Cloudflare has just accepted, and in which zones. Both by the names the cache gives them. */
@Injectable()
export class Admissions {
  private readonly until = new Map<string, number>();

  note(who: string, zone: string): void {
    const key = keyOf(who, zone);
    this.until.delete(key);
    this.until.set(key, performance.now() + admittedForMs);
    if (this.until.size > most) this.until.delete(this.until.keys().next().value ?? '');
  }

  has(who: string, zone: string): boolean {
    return (this.until.get(keyOf(who, zone)) ?? 0) > performance.now();
  }

  forget(who: string, zone?: string): void {
    if (zone !== undefined) this.until.delete(keyOf(who, zone));
    else for (const key of this.until.keys()) if (key.startsWith(`${who} `)) this.until.delete(key);
  }
}

function keyOf(who: string, zone: string): string {
  return `${who} ${zone}`;
}
