import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { auditAddressOf } from '../config/audit-url.js';
import { loadKeyRing } from '../config/key-ring.js';
import { readAuditSettings, SettingsError } from '../config/settings.js';
import { auditStoreOf } from './audit-store-of.js';
import { daysAgo, timeOf } from './cli-times.js';
import { exported } from './export.js';
import { AuditKeys } from './keys.js';
import { prune } from './prune.js';
import { savedCheckpointsIn } from './saved-checkpoints.js';
import { type AuditStore, AuditStoreError } from './store.js';
import { verify } from './verify.js';

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

const flags = {
  from: { type: 'string' },
  to: { type: 'string' },
  checkpoints: { type: 'string' },
  'older-than': { type: 'string' },
  output: { type: 'string' },
} as const;

type Flags = { readonly [name in keyof typeof flags]?: string | undefined };

interface Task {
  readonly store: AuditStore;
  readonly keysFile: string;
  readonly flags: Flags;
  readonly output: Writable;
  readonly errors: Writable;
}

const commands: Readonly<
  Record<string, { readonly takes: readonly (keyof Flags)[]; readonly run: (task: Task) => Promise<number> }>
> = {
  verify: { takes: ['from', 'to', 'checkpoints'], run: runVerify },
  prune: { takes: ['older-than'], run: runPrune },
  export: { takes: ['from', 'to', 'output'], run: runExport },
};

/** What whoever called can put right. */
class Mistake extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
  ) {
    super(message);
  }
}

/** Resolves to the exit code: 1 where something is wrong, 2 where it was called wrongly. */
export async function auditCli(
  args: string[],
  output: Writable,
  errors: Writable,
  environment?: Record<string, string | undefined>,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...flags, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const { help, ...given } = values;
    if (help) return say(output, usage, 0);
    const [name = '', ...more] = positionals;
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    const isTaken = (flag: string) => command?.takes.some((taken) => taken === flag);
    if (!command || more.length > 0 || !Object.keys(given).every(isTaken)) return say(errors, usage, 2);
    const { AUDIT_URL, KEYS_FILE } = readAuditSettings(environment);
    const store = auditStoreOf(AUDIT_URL);
    try {
      refuseMissing(AUDIT_URL.reveal());
      return await command.run({ store, keysFile: KEYS_FILE, flags: given, output, errors });
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof Mistake) return say(errors, error.message, error.exitCode);
    if (error instanceof SettingsError || error instanceof AuditStoreError)
      return say(errors, error.message, 1);
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS')) return say(errors, usage, 2);
    throw error;
  }
}

async function runVerify({ store, keysFile, flags: { checkpoints, ...flags }, output, errors }: Task) {
  const range = rangeOf(flags);
  const saved = checkpoints === undefined ? [] : await savedIn(checkpoints);
  const keys = existsSync(keysFile) ? keysIn(keysFile) : null;
  const found = await verify(store, { keys, ...range, saved });
  if (!keys)
    say(
      errors,
      `There is no key ring ${keysFile}: only gaps are found, and what records say of each other. An edited text is not.`,
    );
  if (found.finding) return say(errors, `The log does not verify.\n${found.finding.message}`, 1);
  const outside =
    checkpoints === undefined ? '' : `, and hold what ${count(saved.length, 'saved checkpoint')} said`;
  return say(
    output,
    `${count(found.records, 'record')} in ${count(found.chains, 'chain')} with ${count(found.checkpoints, 'checkpoint')} verify${outside}.`,
    0,
  );
}

async function runPrune({ store, keysFile, flags, output, errors }: Task) {
  const before = daysAgo(flags['older-than'] ?? '');
  if (before === null) throw new Mistake('--older-than must be a number of days, such as 400d.', 2);
  const { removed, left, finding } = await prune(store, keysIn(keysFile), before);
  if (finding)
    return say(errors, `Nothing was removed, since the log does not verify.\n${finding.message}`, 1);
  const rest = `${count(left, 'older record')} that no checkpoint from before then vouches for`;
  if (removed > 0)
    return say(
      output,
      `Removed ${count(removed, 'record')} from before ${before}; a signed tombstone stands in their place.${left > 0 ? ` ${rest} stay.` : ''}`,
      0,
    );
  const why = left > 0 ? `there are only ${rest}` : `no record is from before ${before}`;
  return say(output, `Nothing was removed: ${why}.`, 0);
}

async function runExport({ store, keysFile, flags: { output: path, ...flags }, output }: Task) {
  const lines = exported(store, keysIn(keysFile), rangeOf(flags));
  if (path === undefined) {
    await pipeline(lines, output, { end: false });
    return 0;
  }
  // A file of that name may be an earlier export.
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw new Mistake(`${path} is there already, and was left as it is.`, 1);
    throw new Mistake(`${path} cannot be written (${codeOf(error)}).`, 1);
  });
  try {
    await pipeline(lines, file.createWriteStream({ flush: true }));
  } catch (error) {
    await rm(path, { force: true });
    if (error instanceof AuditStoreError) throw error;
    throw new Mistake(`${path} cannot be written (${codeOf(error)}).`, 1);
  }
  return 0;
}

/** A file that is not there would be made when it is opened, and an empty log verifies. */
function refuseMissing(url: string): void {
  const address = auditAddressOf(url);
  if (address?.kind === 'sqlite' && !existsSync(address.path))
    throw new Mistake(`There is no audit log ${address.path}; AUDIT_URL says where it is.`, 1);
}

function keysIn(path: string): AuditKeys {
  // A new one would be of no use: the log is chained with the one that the gateway has.
  if (!existsSync(path)) throw new SettingsError([`KEYS_FILE: there is no file ${path}.`]);
  return new AuditKeys(loadKeyRing(path, { mayCreate: false }).ring);
}

async function savedIn(path: string) {
  const saved = await savedCheckpointsIn(path).catch((error: unknown) => {
    throw new Mistake(`${path} cannot be read (${codeOf(error)}).`, 1);
  });
  if (saved.length === 0)
    throw new Mistake(`${path} holds no checkpoint: no line in it has the msg "audit checkpoint".`, 1);
  return saved;
}

function rangeOf({ from, to }: Flags): { from?: string; to?: string } {
  return {
    ...(from !== undefined && { from: timeFrom('--from', from) }),
    ...(to !== undefined && { to: timeFrom('--to', to) }),
  };
}

function timeFrom(flag: string, text: string): string {
  const time = timeOf(text);
  if (time === null)
    throw new Mistake(`${flag} must be a date or RFC 3339: 2026-01-31 or 2026-01-31T10:00:00Z.`, 2);
  return time;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function say(stream: Writable, text: string, code = 0): number {
  stream.write(`${text.trimEnd()}\n`);
  return code;
}

if (import.meta.main) {
  process.exitCode = await auditCli(process.argv.slice(2), process.stdout, process.stderr);
}
