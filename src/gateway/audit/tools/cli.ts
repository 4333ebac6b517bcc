import { refuseOldNode } from '../../../platform/config/node-version.js';

refuseOldNode();
const { auditCli } = await import('./commands.js');
process.exitCode = await auditCli(process.argv.slice(2), process.stdout, process.stderr);
