import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Target } from '../measure/target.js';
import { sources } from '../machine/sources.js';
import { onTheWire, type Outgoing } from './requests.js';
import { readWrk, type WrkRun } from './wrk-output.js';

const script = fileURLToPath(new URL('load/wrk.lua', sources));
/** More than a run sends, and no multiple of a round number of requests, so that each run begins elsewhere in the file. */
const requestsBetweenRuns = 10_012_345;

export interface Pace {
  readonly seconds: number;
  readonly connections: number;
  /** Between an answer and the next request of a connection, on average. */
  readonly delayMs?: number;
}

/** Sends the same requests to one target after another, in turn. wrk has one thread, on the core of this process. */
export class Wrk {
  private static runs = 0;
  private static files = 0;

  private constructor(
    private readonly wrk: string,
    private readonly file: string,
    private readonly signal: AbortSignal,
  ) {}

  static async of(
    requests: readonly Outgoing[],
    { wrk, folder, signal }: { wrk: string; folder: string; signal: AbortSignal },
  ): Promise<Wrk> {
    const file = join(folder, `requests-${(Wrk.files += 1)}`);
    const bytes = requests.map(onTheWire).flatMap((each) => [Buffer.from(`${each.length}\n`), each]);
    await writeFile(file, Buffer.concat(bytes));
    return new Wrk(wrk, file, signal);
  }

  /** @throws if not all answers are right, as far as wrk can see: `readWrk` */
  async run(
    { name, process }: Target,
    { seconds, connections, delayMs = 0 }: Pace,
    minBytes: number,
  ): Promise<WrkRun> {
    const skipped = (Wrk.runs += 1) * requestsBetweenRuns;
    const options = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '--timeout', '10s', '-s', script];
    const args = [...options, process.origin.href, '--', this.file, `${skipped}`, `${delayMs}`];
    const child = spawn(this.wrk, args, { signal: this.signal, stdio: ['ignore', 'pipe', 'inherit'] });
    // wrk takes whole seconds. It ends at SIGINT too, and reports for how long it ran.
    const end = Number.isInteger(seconds)
      ? undefined
      : setTimeout(() => child.kill('SIGINT'), seconds * 1000);
    try {
      const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
      return readWrk(stdout, minBytes);
    } catch (error) {
      throw new Error(`${name}, ${connections} connections, ${seconds} s: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      clearTimeout(end);
    }
  }
}
