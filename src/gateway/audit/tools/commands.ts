import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { type AuditAddress } from '../../../platform/config/audit-url.js';
import { loadKeyRing } from '../../../platform/keys/key-ring.js';
import { readAuditSettings, SettingsError } from '../../../platform/config/settings.js';
import { codeOf } from '../../../platform/errors/code-of.js';
import { PostgresArchive } from '../postgres/archive.js';
import { SqliteArchive } from '../sqlite/archive.js';
import { daysAgo, timeOf } from './times.js';
import { backUp } from './back-up.js';
import { exported } from './export.js';
import { AuditKeys } from '../record/keys.js';
import { prune } from './prune.js';
import { savedCheckpointsIn } from './saved-checkpoints.js';
import { type AuditArchive, AuditStoreError, type Range } from '../record/store.js';
import { verify } from './verify.js';

const usage = `npm run audit -- <command> [options]

  verify   whether the log is as it was written: names the first record that is not, and exits with 1
           [--from <time>] [--to <time>] [--checkpoints <file>]
  prune    removes what is older, as far as a checkpoint vouches for it
           --older-than <days>d, such as 400d
  export   the log as NDJSON, whose last line signs the rest
           [--from <time>] [--to <time>] [--output <file>]
  backup   a copy of the log, which is verified; the gateways may go on. For a file: PostgreSQL has pg_dump
           --output <file>

A time is a date, or RFC 3339; --to is the first that does not count. --checkpoints is what the gateway has printed: with it
verify also finds that the end is missing. The log is that of AUDIT_URL, and the key ring that of KEYS_FILE.
`;

const flagOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  checkpoints: { type: 'string' },
  'older-than': { type: 'string' },
  output: { type: 'string' },
} as const;

type Flags = { readonly [flag in keyof typeof flagOptions]?: string };

interface Task {
  readonly archive: AuditArchive;
  readonly keysFile: string;
  readonly flags: Flags;
  readonly output: Writable;
  readonly errors: Writable;
}

/** By name. `run` resolves to the exit code. */
const commands = new Map<string, { takes: readonly string[]; run: (task: Task) => Promise<number> }>([
  ['verify', { takes: ['from', 'to', 'checkpoints'], run: runVerify }],
  ['prune', { takes: ['older-than'], run: runPrune }],
  ['export', { takes: ['from', 'to', 'output'], run: runExport }],
  ['backup', { takes: ['output'], run: runBackup }],
]);

/** A mistake of the caller. */
class Mistake extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
  ) {
    super(message);
  }
}

const withoutKeys =
  'only gaps are found, and what records say of each other; no edited text, and no signature.';

const withoutCheckpoints =
  'A log alone does not show that its end is missing, or that the whole log was replaced: give what the gateway has printed with --checkpoints <file>.';

const pgDump =
  'AUDIT_URL names a PostgreSQL, which this command does not copy. Its own tool does: umask 077; pg_dump --format=custom --file=audit.dump "$AUDIT_URL". docs/audit.md says how to restore it.';

const beginAnother =
  'What is missing or changed does not come back. Stop the gateways, keep this log as it is for as long as records have to be kept, and give AUDIT_URL another file or database: a new log begins there, which verifies and can be pruned.';

/** Resolves to the exit code: 1 for a failure or a finding, 2 for wrong arguments. */
export async function auditCli(
  args: string[],
  output: Writable,
  errors: Writable,
  environment?: Record<string, string | undefined>,
): Promise<number> {
  try {
    const options = { ...flagOptions, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const { help, ...flags } = values;
    if (help) return say(output, usage);
    const [name = '', ...more] = positionals;
    const command = commands.get(name);
    const isTaken = (flag: string) => command?.takes.includes(flag);
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

/** @throws AuditStoreError if the file does not exist: `prune` would create an empty log, which verifies */
export function auditArchiveOf(address: AuditAddress): AuditArchive {
  if (address.kind === 'postgres') return new PostgresArchive({ url: address.url.reveal() });
  if (existsSync(address.path)) return new SqliteArchive(address);
  throw new AuditStoreError(`There is no audit log ${address.path}; AUDIT_URL says where it is.`);
}

async function runVerify({ archive, keysFile, flags, output, errors }: Task): Promise<number> {
  const range = rangeOf(flags);
  const { checkpoints } = flags;
  const saved = checkpoints === undefined ? [] : await savedIn(checkpoints);
  const keys = existsSync(keysFile) ? keysIn(keysFile) : null;
  const { records, chains, checkpoints: signed, finding } = await verify(archive, { keys, ...range, saved });
  if (!keys) say(errors, `There is no key ring ${keysFile}: ${withoutKeys}`);
  if (finding) return say(errors, `The log does not verify.\n${finding.message}`, 1);
  const found = `${count(records, 'record')} in ${count(chains, 'chain')} with ${count(signed, 'checkpoint')}`;
  if (saved.length === 0) return say(output, `${found} verify. ${withoutCheckpoints}`);
  const named = count(saved.length, 'saved checkpoint');
  return say(output, `${found} verify; nothing is missing that ${named} named.`);
}

async function runPrune({ archive, keysFile, flags, output, errors }: Task): Promise<number> {
  const before = daysAgo(flags['older-than'] ?? '');
  if (before === null) throw new Mistake('--older-than must be a number of days, such as 400d.', 2);
  const { removed, left, finding } = await prune(archive, keysIn(keysFile), before);
  if (finding) {
    const why = 'Nothing was removed, since the log does not verify.';
    return say(errors, `${why}\n${finding.message}\n${beginAnother}`, 1);
  }
  const waiting = `${count(left, 'older record')} for which no checkpoint from before then vouches`;
  if (removed === 0) {
    const why = left > 0 ? `are only ${waiting}` : `is nothing from before ${before}`;
    return say(output, `Nothing was removed: there ${why}.`);
  }
  const done = `Removed ${count(removed, 'record')} from before ${before}. A signed tombstone stands for them.`;
  return say(output, left > 0 ? `${done} There still are ${waiting}.` : done);
}

async function runExport({ archive, keysFile, flags, output }: Task): Promise<number> {
  const lines = exported(archive, keysIn(keysFile), rangeOf(flags));
  const path = flags.output;
  if (path === undefined) {
    await written('The output', pipeline(lines, output, { end: false }));
    return 0;
  }
  // `wx` refuses an existing file, which may be an earlier export.
  const file = await written(path, open(path, 'wx', 0o600));
  try {
    await written(path, pipeline(lines, file.createWriteStream({ flush: true })));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return 0;
}

async function runBackup({ archive, keysFile, flags, output, errors }: Task): Promise<number> {
  const path = flags.output;
  if (path === undefined) throw new Mistake('--output must be the file to write: it must not exist yet.', 2);
  if (!archive.copyInto) throw new Mistake(pgDump, 1);
  await written(path, backUp(path, archive.copyInto));
  say(output, `${path} is a copy of the log.`);
  return runVerify({ archive: new SqliteArchive({ path }), keysFile, flags: {}, output, errors });
}

async function written<T>(what: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof AuditStoreError || code === undefined) throw error;
    if (code === 'EEXIST') throw new Mistake(`${what} is there already, and was left as it is.`, 1);
    throw new Mistake(`${what} cannot be written (${code}).`, 1);
  }
}

function keysIn(path: string): AuditKeys {
  // A new ring could not verify the log, which is chained with the ring of the gateway.
  if (!existsSync(path)) throw new SettingsError([`KEYS_FILE: there is no file ${path}.`]);
  return new AuditKeys(loadKeyRing(path, { mayCreate: false }).ring);
}

async function savedIn(path: string) {
  const saved = await savedCheckpointsIn(path).catch((error: unknown) => {
    throw new Mistake(
      `${path} cannot be read (${codeOf(error)}). It is what the gateway has printed: npm start > gateway.log`,
      1,
    );
  });
  if (saved.length === 0)
    throw new Mistake(`${path} holds no checkpoint: no line in it has the msg "audit checkpoint".`, 1);
  return saved;
}

function rangeOf({ from, to }: Flags): Range {
  return {
    ...(from !== undefined && { from: timeIn('--from', from) }),
    ...(to !== undefined && { to: timeIn('--to', to) }),
  };
}

function timeIn(flag: string, text: string): string {
  const time = timeOf(text);
  if (time !== null) return time;
  throw new Mistake(`${flag} must be a date or RFC 3339: 2026-01-31 or 2026-01-31T10:00:00Z.`, 2);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function say(stream: Writable, text: string, code = 0): number {
  stream.write(`${text.trimEnd()}\n`);
  return code;
}
