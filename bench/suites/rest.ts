import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { forwarder, gateway, sandbox } from '../programs.js';
import { get, post, uncached } from '../requests.js';
import { type Scenario, type Suite } from '../suite.js';
import { newUploadBodies } from '../upload-body.js';
import { Upstream } from '../upstream.js';

const demoZone = '023e105f4ecef8ad9ca31a8372d0c353';
/** How many hostname certificates a zone accepts. */
const certificatesPerZone = 10;

export const rest: Suite = {
  name: 'rest',
  title: 'Cloudflare’s own paths, against the same call made directly and against the smallest forwarder',
  // The forwarder does the least that a gateway can do.
  comparison: { latency: 'direct', efficiency: 'forwarder', upstream: 'direct' },
  start: async (processes) => {
    const direct = await processes.start(sandbox);
    const [bare, own] = await Promise.all([
      processes.start(forwarder(direct)),
      processes.start(gateway(direct)),
    ]);
    const targets = [
      { name: 'direct', process: direct },
      { name: 'forwarder', process: bare },
      { name: 'gateway', process: own },
    ];
    return { upstream: new Upstream(direct), targets };
  },
  scenarios: [list(), upload()],
};

function list(): Scenario {
  const call = [uncached(get(demoZone, ''))];
  return {
    name: 'list',
    title: 'list the certificates of a zone',
    prepare: () => Promise.resolve({ newCaller: () => () => call, check: checkSuccess, upstreamCalls: 1 }),
  };
}

/**
 * The sandbox accepts every upload, so that all three targets make the whole change. A zone accepts ten hostname certificates,
 * each of them once, so a caller fills a zone and continues with a new one (SANDBOX_ANY_ZONE). So no deletion is
 * measured with the uploads, and no two callers change the same zone, where one would wait for the other.
 */
function upload(): Scenario {
  return {
    name: 'upload',
    title: 'upload a hostname certificate',
    prepare: async () => {
      const bodies = await newUploadBodies(certificatesPerZone);
      const newCaller = () => {
        let left: readonly Buffer[] = [];
        let zone = '';
        return () => {
          if (left.length === 0) {
            left = bodies;
            zone = randomBytes(16).toString('hex');
          }
          const [body, ...others] = left as [Buffer, ...Buffer[]];
          left = others;
          return [post(zone, '/hostnames/certificates', body)];
        };
      };
      // The gateway reads a zone before the first change in it, for the admission of the credential.
      return { newCaller, check: checkSuccess, upstreamCalls: null };
    },
  };
}

function checkSuccess(answers: readonly Buffer[]): void {
  for (const answer of answers) {
    const envelope = JSON.parse(answer.toString()) as { success?: unknown; result?: unknown };
    if (envelope.success !== true || !envelope.result) fail(`No result: ${answer.toString('utf8', 0, 300)}`);
  }
}
