import { parseArgs } from 'node:util';

const usage = `npm run demo                 callers send the token of the sandbox
npm run demo -- --managed    callers send a token of an issuer or an API key: docs/access.md
`;

/** Ends the process with 2 if there are other arguments. */
export function demoOptions(): { readonly isManaged: boolean } {
  try {
    const { managed } = parseArgs({ options: { managed: { type: 'boolean', default: false } } }).values;
    return { isManaged: managed };
  } catch {
    process.stderr.write(usage);
    return process.exit(2);
  }
}
