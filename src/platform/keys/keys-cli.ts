import { refuseOldNode } from '../config/node-version.js';

refuseOldNode();
const { keysCli } = await import('./keys-command.js');
process.exitCode = keysCli(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
