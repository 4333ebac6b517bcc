import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';

/**
 * A folder for files that a test says nothing of. In memory where there is any: what else a machine writes may hold up
 * its disk for seconds, and a gateway that cannot store an intent refuses the change.
 */
export function scratchFolder(name: string): string {
  return mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), `${name}-`));
}
