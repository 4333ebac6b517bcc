import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scratchFolder } from '../basics/scratch.js';
import { clientCommand } from './installed.js';

const run = promisify(execFile);
const clients = join(process.cwd(), 'test/clients');

export interface Project extends Disposable {
  /** Its folder: what is made in it goes with it. */
  readonly folder: string;
  /** Runs a command of the packages, or a file of the project by Node. Resolves to what it printed. Rejects if it fails. */
  run(command: string, ...args: string[]): Promise<string>;
}

/** A copy of a project in test/clients, with the packages and with the schema of this repository, as a user would have it. */
export function aProject(name: string): Project {
  const folder = scratchFolder(name);
  cpSync(join(clients, name), folder, { recursive: true });
  symlinkSync(join(clients, 'node_modules'), join(folder, 'node_modules'));
  copyFileSync('schema.graphql', join(folder, 'schema.graphql'));
  return {
    folder,
    run: async (command, ...args) => {
      const [file, given] = command.endsWith('.js')
        ? [process.execPath, [command, ...args]]
        : [clientCommand(command), args];
      const { stdout } = await run(file, given, {
        cwd: folder,
        env: { ...process.env, NODE_ENV: 'production', JITI_FS_CACHE: 'false' },
        timeout: 60_000,
      });
      return stdout;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
