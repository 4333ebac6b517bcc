import { join } from 'node:path';
import { installPackages } from '../../../bench/machine/packages.js';

/** The folder of the clients, with a package.json of its own. */
const folder = 'test/clients';

declare const requireOutside: NodeJS.Require;

/** Takes a minute where npm has to fetch them, and nothing later. */
export const installClients = (): Promise<void> => installPackages(`${folder}/`);

/** A module of that folder, loaded by Node as a program of a user would be: Jest does not know its packages. */
export function clientModule<Module>(path: string): Module {
  return requireOutside(join(process.cwd(), folder, path)) as Module;
}

/** A command that the packages of that folder bring. */
export const clientCommand = (name: string): string => join(process.cwd(), folder, 'node_modules/.bin', name);
