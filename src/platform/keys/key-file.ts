import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors/code-of.js';
import { notReadableByUs, warningOf } from './key-file-mode.js';
import { SettingsError } from '../config/settings.js';
import { syncFolder } from '../config/sync-folder.js';

const ownerOnly = 0o600;

/** What was read, and what is to be said of the file once. */
export interface KeyFile {
  readonly text: string;
  readonly warning: string | null;
}

/**
 * The text of a file that nobody but its owner may read, or that an orchestrator mounts as a secret; null where there is none.
 *
 * @throws SettingsError where others may use it too, or it cannot be read
 */
export function readKeyFile(path: string): KeyFile | null {
  if (!isPresent(path)) return null;
  let file: number;
  try {
    // A pipe would wait for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(path);
    const warning = warningOf(path, stats);
    return { text: readFileSync(file, 'utf8'), warning };
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

function unreadable(path: string, error: unknown): SettingsError {
  const code = codeOf(error) ?? 'unknown';
  return code === 'EACCES' || code === 'EPERM'
    ? notReadableByUs(path, code)
    : new SettingsError([`KEYS_FILE: ${path} cannot be read (${code}).`]);
}

/**
 * Whether there is a file.
 *
 * @throws SettingsError where there is something else: no advice on a file fits it
 */
function isPresent(path: string): boolean {
  try {
    if (!statSync(path).isFile()) throw notAFile(path);
    return true;
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    if (codeOf(error) !== 'ENOENT') {
      throw unreadable(path, error);
    }
    if (lstatSync(path, { throwIfNoEntry: false })) {
      throw new SettingsError([`KEYS_FILE: ${path} must be a file, and is a link to nothing.`]);
    }
    return false;
  }
}

function notAFile(path: string): SettingsError {
  return new SettingsError([`KEYS_FILE: ${path} must be a file.`]);
}

/** Whole or not at all, and never over what is there: false then. */
export function createKeyFile(path: string, text: string): boolean {
  return inPlace(path, text, (written) => {
    try {
      // Unlike renaming, it fails where somebody was faster.
      linkSync(written, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      unlinkSync(written);
    }
  });
}

/** Whole or not at all. */
export function replaceKeyFile(path: string, text: string): void {
  inPlace(path, text, (written) => renameSync(written, path));
}

function inPlace<T>(path: string, text: string, put: (written: string) => T): T {
  try {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const written = join(folder, `.keys-${randomBytes(6).toString('hex')}`);
    const file = openSync(written, 'wx', ownerOnly);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const result = put(written);
    syncFolder(folder);
    return result;
  } catch (error) {
    throw new SettingsError([`KEYS_FILE: ${path} cannot be written (${codeOf(error) ?? 'unknown'}).`]);
  }
}
