import { type Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { readAuditSettings, SettingsError } from '../../../platform/config/settings.js';
import { codeOf } from '../../../platform/errors/code-of.js';
import { auditArchiveOf } from './archive-of.js';
import { commands, Mistake, say } from './commands.js';
import { AuditStoreError } from '../record/store.js';

const usage = `npm run audit -- <command> [options]

  verify   whether the log is as it was written: names the first record that is not, and exits with 1
           [--from <time>] [--to <time>] [--checkpoints <file>]
  prune    removes what is older, as far as a checkpoint vouches for it
           --older-than <days>d, such as 400d
  export   the log as NDJSON, whose last line signs the rest
           [--from <time>] [--to <time>] [--output <file>]

A time is a date, or RFC 3339; --to is the first that does not count. --checkpoints is what the gateway has printed: with it
verify also finds that the end is missing. The log is that of AUDIT_URL, and the key ring that of KEYS_FILE.
`;

/** Resolves to the exit code: 1 for a failure or a finding, 2 for wrong arguments. */
export async function auditCli(
  args: string[],
  output: Writable,
  errors: Writable,
  environment?: Record<string, string | undefined>,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        checkpoints: { type: 'string' },
        'older-than': { type: 'string' },
        output: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const { help, ...flags } = values;
    if (help) return say(output, usage, 0);
    const [name = '', ...more] = positionals;
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    const isTaken = (flag: string) => command?.takes.some((taken) => taken === flag);
    if (!command || more.length > 0 || !Object.keys(flags).every(isTaken)) return say(errors, usage, 2);
    const { AUDIT_URL, KEYS_FILE } = readAuditSettings(environment);
    const archive = auditArchiveOf(AUDIT_URL);
    return await command.run({ archive, keysFile: KEYS_FILE, flags, output, errors });
  } catch (error) {
    if (error instanceof Mistake) return say(errors, error.message, error.exitCode);
    if (error instanceof SettingsError || error instanceof AuditStoreError)
      return say(errors, error.message, 1);
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS')) return say(errors, usage, 2);
    throw error;
  }
}
