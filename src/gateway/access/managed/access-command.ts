import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SettingsError, siftSettings } from '../../../platform/config/settings.js';
import { type Environment } from '../../../platform/config/environment.js';
import { codeOf } from '../../../platform/errors/code-of.js';
import { type Principal } from '../../request/identity.js';
import { type Action, actions } from '../actions.js';
import { type AccessFile, type Issuer, nameForm, ofKeys, zoneForm } from './access-file.js';
import { digestOfApiKey, newApiKey } from './api-key.js';
import { checkAccessFile } from './check-access-file.js';
import { claimIn, type Claims } from './claims.js';
import { Rules } from './rules.js';
import { principalOf } from './state.js';

const usage = `npm run access -- <command> [--file <path>]

  check    whether a gateway would start with the access file and the files that it names
  explain  which grant decides: exits with 0 if the action is allowed, with 3 if it is not
           --actor <id> [--claims <json>] --zone <zone id> --action <action>
           An actor is key|<name>, or <issuer>|<sub> as the audit log names it; the claims are those of its token
  key      makes an API key, and prints it once, and what to put into the access file
           --name <name> --days <1 to 3650>

The file is that of ACCESS_FILE. It is read, and never written.
`;

const options = {
  file: { type: 'string' },
  actor: { type: 'string' },
  claims: { type: 'string' },
  zone: { type: 'string' },
  action: { type: 'string' },
  name: { type: 'string' },
  days: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
type Print = (line: string) => void;

const codes = { done: 0, failed: 1, usage: 2, notAllowed: 3 };

/** Resolves to the exit code. */
export async function accessCli(args: string[], print: Print, environment?: Environment): Promise<number> {
  const told = (text: string, code: number) => {
    print(text);
    return code;
  };
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (values.help) return told(usage, codes.done);
    const [command, ...more] = positionals;
    if (more.length > 0) return told(usage, codes.usage);
    switch (command) {
      case 'check':
        return await check(fileOf(values, environment), print);
      case 'explain':
        return await explain(fileOf(values, environment), values, print);
      case 'key':
        return makeKey(values, print);
      default:
        return told(usage, codes.usage);
    }
  } catch (error) {
    if (error instanceof SettingsError) return told(error.problems.join('\n'), codes.failed);
    if (error instanceof UsageError) return told(`${error.message}\n\n${usage}`, codes.usage);
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS')) return told(usage, codes.usage);
    throw error;
  }
}

class UsageError extends Error {}

/** @throws UsageError if none is given */
function fileOf({ file }: Values, environment?: Environment): string {
  const path = file ?? siftSettings(environment).given.ACCESS_FILE;
  if (path === undefined) throw new UsageError('Set ACCESS_FILE, or give --file.');
  return path;
}

async function check(path: string, print: Print): Promise<number> {
  const { file, text, problems, warnings } = await checkAccessFile(path);
  for (const warning of warnings) print(`warning: ${warning}`);
  for (const problem of problems) print(problem);
  if (!file || problems.length > 0) return codes.failed;
  const { issuers, keys, grants, upstream } = file;
  const counts = `issuers: ${issuers.length}, API keys: ${keys.length}, grants: ${grants.length}, upstream: ${upstream.length}`;
  print(`${path} can be used (${counts}). SHA-256 ${hash('sha256', text, 'hex')}`);
  return codes.done;
}

async function explain(path: string, values: Values, print: Print): Promise<number> {
  const { actor, zone, action } = values;
  if (actor === undefined || zone === undefined || action === undefined)
    throw new UsageError('Give --actor, --zone and --action.');
  if (!zoneForm.test(zone))
    throw new UsageError('--zone must be 32 lower-case hexadecimal characters, or *.');
  if (!actions.some((each) => each === action))
    throw new UsageError(`--action must be one of ${actions.join(', ')}.`);
  const { file, problems } = await checkAccessFile(path);
  if (!file) throw new SettingsError(problems);
  const principal = principalFor(actor, values.claims, file);
  const { isAllowed, lines } = new Rules(file).explain(principal, action as Action, zone);
  for (const line of lines) print(line);
  return isAllowed ? codes.done : codes.notAllowed;
}

/** @throws UsageError if the file has no such issuer or API key */
function principalFor(actor: string, claimsText: string | undefined, file: AccessFile): Principal {
  const [issuer = '', ...rest] = actor.split('|');
  const sub = rest.join('|');
  const key = issuer === ofKeys && file.keys.find(({ name }) => name === sub);
  if (key) return principalOf(key);
  const known = file.issuers.find(({ name }) => name === issuer);
  if (sub === '' || !known) {
    const names = [
      ...file.issuers.map(({ name }) => `${name}|<sub>`),
      ...file.keys.map(({ name }) => `${ofKeys}|${name}`),
    ];
    throw new UsageError(`--actor must be one of ${names.join(', ')}.`);
  }
  const claims = claimsOf(sub, known.subject, claimsIn(claimsText));
  return { kind: 'principal', type: 'user', id: actor, name: null, knownBy: { issuer }, claims };
}

/** With the claim that names the actor. The given claims may have it already, as those of Cloudflare Access with `common_name`. */
function claimsOf(sub: string, [first = 'sub', ...others]: Issuer['subject'], given: Claims): Claims {
  const isNamed = [first, ...others].some((name) => claimIn(given, name) === sub);
  return isNamed ? given : { ...given, [first]: sub };
}

/** @throws UsageError */
function claimsIn(text = '{}'): Claims {
  try {
    const claims: unknown = JSON.parse(text);
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Claims;
  } catch {
    // The message below says what is expected.
  }
  throw new UsageError(`--claims must be a JSON object, such as '{"groups":["edge-admins"]}'.`);
}

function makeKey({ name, days }: Values, print: Print): number {
  if (name === undefined || days === undefined) throw new UsageError('Give --name and --days.');
  if (!nameForm.test(name))
    throw new UsageError('--name must be 1 to 64 letters, digits, dots, hyphens or underscores.');
  const count = /^\d{1,4}$/.test(days) ? Number(days) : 0;
  if (count < 1 || count > 3650) throw new UsageError('--days must be a whole number from 1 to 3650.');
  const { id, key } = newApiKey();
  const notAfter = new Date(Date.now() + count * 24 * 60 * 60_000).toISOString().slice(0, 10);
  print(`The API key. It is shown this once, and kept nowhere:\n\n  ${key}\n`);
  print('What to add to "keys" in the access file, beside a grant for the name:\n');
  print(`  ${JSON.stringify({ id, name, sha256: digestOfApiKey(key), notAfter })}`);
  return codes.done;
}
