import { randomBytes } from 'node:crypto';
import { type Outgoing } from './load.js';
import { type RunningProcess } from './processes.js';
import { post } from './requests.js';
import { newUploadBodies } from './upload-body.js';

/** The benchmark's own access to the sandbox, not through a target. */
export class Upstream {
  constructor(readonly process: RunningProcess) {}

  /** Sets the minimum latency of every call from now on. */
  async setLatency(latencyMs: number): Promise<void> {
    const body = Buffer.from(JSON.stringify({ latencyMs }));
    await this.send({ method: 'POST', path: '/__sandbox/faults', headers: {}, body });
  }

  /** The number of calls so far. */
  async calls(): Promise<number> {
    const answer = await fetch(new URL('/__sandbox/calls', this.process.origin));
    const counts = (await answer.json()) as Record<string, number>;
    return Object.values(counts).reduce((total, count) => total + count, 0);
  }

  /** @returns the id of a new zone with the given number of certificates of each kind */
  async newZone(count: { zoneCertificates: number; hostnameCertificates: number }): Promise<string> {
    const zone = randomBytes(16).toString('hex');
    // One after the other: Cloudflare accepts one change at a time in a zone.
    for (const body of await newUploadBodies(count.zoneCertificates)) await this.send(post(zone, '', body));
    for (const body of await newUploadBodies(count.hostnameCertificates))
      await this.send(post(zone, '/hostnames/certificates', body));
    return zone;
  }

  private async send({ method, path, headers, body }: Outgoing): Promise<void> {
    const answer = await fetch(new URL(path, this.process.origin), {
      method,
      headers,
      ...(body !== undefined && { body: new Uint8Array(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} at the sandbox: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}
