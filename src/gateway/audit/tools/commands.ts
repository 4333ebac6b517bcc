import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadKeyRing } from '../../../platform/keys/key-ring.js';
import { SettingsError } from '../../../platform/config/settings.js';
import { codeOf } from '../../../platform/errors/code-of.js';
import { daysAgo, timeOf } from './times.js';
import { exported } from './export.js';
import { AuditKeys } from '../record/keys.js';
import { prune } from './prune.js';
import { savedCheckpointsIn } from './saved-checkpoints.js';
import { type AuditArchive, AuditStoreError, type Range } from '../record/store.js';
import { verify } from './verify.js';

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly checkpoints?: string;
  readonly 'older-than'?: string;
  readonly output?: string;
}

interface Task {
  readonly archive: AuditArchive;
  readonly keysFile: string;
  readonly flags: Flags;
  readonly output: Writable;
  readonly errors: Writable;
}

interface Command {
  readonly takes: readonly (keyof Flags)[];
  /** Resolves to the exit code. */
  readonly run: (task: Task) => Promise<number>;
}

export const commands: Readonly<Record<string, Command>> = {
  verify: { takes: ['from', 'to', 'checkpoints'], run: runVerify },
  prune: { takes: ['older-than'], run: runPrune },
  export: { takes: ['from', 'to', 'output'], run: runExport },
};

/** A mistake of the caller. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
  ) {
    super(message);
  }
}

const withoutCheckpoints =
  'A log alone does not show that its end is missing, or that the whole log was replaced: give what the gateway has printed with --checkpoints <file>.';

const beginAnother =
  'What is missing or changed does not come back. Stop the gateways, keep this log as it is for as long as records have to be kept, and give AUDIT_URL another file or database: a new log begins there, which verifies and can be pruned.';

async function runVerify({ archive, keysFile, flags, output, errors }: Task): Promise<number> {
  const range = rangeOf(flags);
  const { checkpoints } = flags;
  const saved = checkpoints === undefined ? [] : await savedIn(checkpoints);
  const keys = existsSync(keysFile) ? keysIn(keysFile) : null;
  const { records, chains, checkpoints: signed, finding } = await verify(archive, { keys, ...range, saved });
  if (!keys)
    say(
      errors,
      `There is no key ring ${keysFile}: only gaps are found, and what records say of each other; no edited text, and no signature.`,
    );
  if (finding) return say(errors, `The log does not verify.\n${finding.message}`, 1);
  const found = `${count(records, 'record')} in ${count(chains, 'chain')} with ${count(signed, 'checkpoint')}`;
  if (saved.length > 0)
    return say(
      output,
      `${found} verify; nothing is missing that ${count(saved.length, 'saved checkpoint')} named.`,
      0,
    );
  return say(output, `${found} verify. ${withoutCheckpoints}`, 0);
}

async function runPrune({ archive, keysFile, flags, output, errors }: Task): Promise<number> {
  const before = daysAgo(flags['older-than'] ?? '');
  if (before === null) throw new Mistake('--older-than must be a number of days, such as 400d.', 2);
  const { removed, left, finding } = await prune(archive, keysIn(keysFile), before);
  if (finding)
    return say(
      errors,
      `Nothing was removed, since the log does not verify.\n${finding.message}\n${beginAnother}`,
      1,
    );
  const waiting = `${count(left, 'older record')} for which no checkpoint from before then vouches`;
  if (removed === 0)
    return say(
      output,
      `Nothing was removed: there ${left > 0 ? `are only ${waiting}` : `is nothing from before ${before}`}.`,
      0,
    );
  const rest = left > 0 ? ` There still are ${waiting}.` : '';
  return say(
    output,
    `Removed ${count(removed, 'record')} from before ${before}. A signed tombstone stands for them.${rest}`,
    0,
  );
}

async function runExport({ archive, keysFile, flags, output }: Task): Promise<number> {
  const lines = exported(archive, keysIn(keysFile), rangeOf(flags));
  const path = flags.output;
  if (path === undefined) {
    await written('The output', pipeline(lines, output, { end: false }));
    return 0;
  }
  // `wx` refuses a file of that name, which may be an earlier export.
  const file = await written(path, open(path, 'wx', 0o600));
  try {
    await written(path, pipeline(lines, file.createWriteStream({ flush: true })));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return 0;
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

export function say(stream: Writable, text: string, code = 0): number {
  stream.write(`${text.trimEnd()}\n`);
  return code;
}
