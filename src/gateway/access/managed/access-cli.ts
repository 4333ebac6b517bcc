import { refuseOldNode } from '../../../platform/config/node-version.js';

refuseOldNode();
const { accessCli } = await import('./access-command.js');
process.exitCode = await accessCli(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
