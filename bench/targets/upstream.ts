import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Outgoing, post } from '../load/requests.js';
import { newUploadBodies } from '../load/upload-body.js';
import { type ZoneContents } from '../load/zone-query.js';
import { type RunningProcess } from '../machine/running-process.js';

/** Calls count as ended when so many readings are equal. */
const readings = 3;
const readingMs = 25;

/** The benchmark's own access to the sandbox, not through a target. */
export class Upstream {
  constructor(readonly process: RunningProcess) {}

  /** Sets the minimum latency of every call from now on. */
  async setLatency(latencyMs: number): Promise<void> {
    const body = JSON.stringify({ latencyMs });
    await this.send({ method: 'POST', path: '/__sandbox/faults', headers: {}, body });
  }

  /** The number of calls so far, once those under way have been counted. */
  async calls(): Promise<number> {
    let count = await this.counted();
    for (let unchanged = 0; unchanged < readings;) {
      await sleep(readingMs);
      const now = await this.counted();
      unchanged = now === count ? unchanged + 1 : 0;
      count = now;
    }
    return count;
  }

  /** @returns the id of a new zone with the given number of certificates of each kind, each another one */
  async newZone({ zoneCertificates, hostnameCertificates }: ZoneContents): Promise<string> {
    const zone = newZoneId();
    // One after the other: Cloudflare accepts one change at a time in a zone.
    for (const body of await newUploadBodies(zoneCertificates)) await this.send(post(zone, '', body));
    for (const body of await newUploadBodies(hostnameCertificates))
      await this.send(post(zone, '/hostnames/certificates', body));
    return zone;
  }

  newZones(count: number, contents: ZoneContents): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.newZone(contents)));
  }

  private async counted(): Promise<number> {
    const answer = await fetch(new URL('/__sandbox/calls', this.process.origin));
    const counts = (await answer.json()) as Record<string, number>;
    return Object.values(counts).reduce((total, count) => total + count, 0);
  }

  private async send({ method, path, headers, body }: Outgoing): Promise<void> {
    const url = new URL(path, this.process.origin);
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    if (!answer.ok) throw new Error(`${method} ${path} at the sandbox: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}

/** A zone that no one has read yet. The sandbox has every zone. */
export function newZoneId(): string {
  return randomBytes(16).toString('hex');
}
