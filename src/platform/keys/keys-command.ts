import { parseArgs } from 'node:util';
import { codeOf } from '../errors/code-of.js';
import { initKeyRing, rotateKeyRing } from './key-ring.js';
import { readKeysFile, SettingsError } from '../config/settings.js';

const usage = `npm run keys -- <command> [--file <path>]

  init     makes the key ring; refuses where there is one
  rotate   adds a key and seals with it from now on; the old ones still open what they sealed

The file is that of KEYS_FILE, else ./data/keys.json. Give it to every replica before they restart.
`;

/** Returns the exit code. */
export function keysCli(
  args: string[],
  print: (line: string) => void,
  environment?: Record<string, string | undefined>,
): number {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { file: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const [command, ...more] = positionals;
    if (values.help) return say(print, usage, 0);
    const path = values.file ?? readKeysFile(environment);
    if (more.length > 0) return say(print, usage, 2);
    switch (command) {
      case 'init':
        return initKeyRing(path)
          ? say(print, `Made ${path}. Keep a copy: what is sealed with it opens with nothing else.`, 0)
          : say(print, `${path} is there already, and was left as it is.`, 1);
      case 'rotate':
        return say(print, `${rotateKeyRing(path)} is the current key in ${path} now.`, 0);
      default:
        return say(print, usage, 2);
    }
  } catch (error) {
    if (error instanceof SettingsError) return say(print, error.message, 1);
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS')) return say(print, usage, 2);
    throw error;
  }
}

function say(print: (line: string) => void, text: string, code: number): number {
  print(text);
  return code;
}
