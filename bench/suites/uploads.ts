import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { post, rotation } from '../load/requests.js';
import { newUploadBodies } from '../load/upload-body.js';
import { type Stage } from '../measure/target.js';
import { type Scenario } from '../measure/throughput.js';

/** How many hostname certificates a zone accepts. */
const certificatesPerZone = 10;
/** More than there are connections: no two callers change the same zone, where one would be refused. */
const zonesAtOnce = 64;

/**
 * The sandbox accepts every upload, so that all targets make the whole change. A zone accepts ten hostname certificates, each of
 * them once, so each turn fills 64 new zones: their ids begin with the number of the turn. No deletion is measured with it.
 */
export function uploads(targets: readonly string[]): Scenario<Stage> {
  return {
    name: 'upload',
    title: 'upload a hostname certificate',
    targets,
    prepare: async () => {
      const run = randomBytes(6).toString('hex');
      const zones = Array.from(
        { length: zonesAtOnce },
        (_, index) => `${rotation}${run}${index.toString(16).padStart(4, '0')}`,
      );
      const bodies = await newUploadBodies(certificatesPerZone);
      const requests = bodies.flatMap((body) =>
        zones.map((zone) => post(zone, '/hostnames/certificates', body)),
      );
      const check = (answer: Buffer) => {
        const { success, result } = JSON.parse(String(answer)) as { success?: unknown; result?: unknown };
        if (success !== true || !result) fail(`No certificate: ${String(answer)}`);
      };
      // The gateway reads a zone before the first change in it, for the admission of the credential.
      return { requests, check, upstreamCalls: null };
    },
  };
}
