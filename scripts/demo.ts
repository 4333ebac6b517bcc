import { parseArgs } from 'node:util';
import { refuseOldNode } from '../src/platform/config/node-version.js';

const usage = `npm run demo                 callers send the token of the sandbox
npm run demo -- --managed    callers send a token of an issuer or an API key: docs/access.md
`;

refuseOldNode();
const options = { isManaged: isManaged() };
const { runDemo } = await import('./run-demo.js');
await runDemo(options);

/** Ends the process with 2 if there are other arguments. */
function isManaged(): boolean {
  try {
    return parseArgs({ options: { managed: { type: 'boolean', default: false } } }).values.managed;
  } catch {
    process.stderr.write(usage);
    return process.exit(2);
  }
}
