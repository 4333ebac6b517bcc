import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors/code-of.js';
import { notReadableByUs, warningOf } from './key-file-mode.js';
import { SettingsError } from '../config/settings.js';
import { syncFolder } from '../config/sync-folder.js';

export interface KeyFile {
  readonly text: string;
  /** About the file, to be logged once. */
  readonly warning: string | null;
}

/**
 * The text of a file that only its owner may read, or that an orchestrator mounts as a secret; null if there is no file.
 *
 * @param named what names the file in messages
 * @throws SettingsError if other users may use it too, it is no regular file, or it cannot be read
 */
export function readKeyFile(path: string, named = 'KEYS_FILE'): KeyFile | null {
  let file: number | undefined;
  try {
    // Before it is opened: a socket cannot be opened, and the error would not name the reason.
    if (!statSync(path).isFile()) throw notAFile(path, named);
    // A pipe that replaced it would wait for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(path, named);
    return { warning: warningOf(path, stats, named), text: readFileSync(file, 'utf8') };
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    if (file !== undefined || codeOf(error) !== 'ENOENT') throw unreadable(path, error, named);
    if (!lstatSync(path, { throwIfNoEntry: false })) return null;
    throw new SettingsError([`${named}: ${path} must be a file, and is a link to nothing.`]);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function unreadable(path: string, error: unknown, named: string): SettingsError {
  const code = codeOf(error) ?? 'unknown';
  return code === 'EACCES' || code === 'EPERM'
    ? notReadableByUs(path, code, named)
    : new SettingsError([`${named}: ${path} cannot be read (${code}).`]);
}

function notAFile(path: string, named: string): SettingsError {
  return new SettingsError([`${named}: ${path} must be a file.`]);
}

/** Writes the whole file or none. False if there is one already, which stays as it is. */
export function createKeyFile(path: string, text: string): boolean {
  return inPlace(path, text, (written) => {
    try {
      // Unlike a rename, it fails if the file exists by now.
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

/** Replaces the whole file or nothing of it. */
export function replaceKeyFile(path: string, text: string): void {
  inPlace(path, text, (written) => renameSync(written, path));
}

function inPlace<T>(path: string, text: string, put: (written: string) => T): T {
  try {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const written = join(folder, `.keys-${randomBytes(6).toString('hex')}`);
    writeFileSync(written, text, { flag: 'wx', mode: 0o600, flush: true });
    const result = put(written);
    syncFolder(folder);
    return result;
  } catch (error) {
    throw new SettingsError([`KEYS_FILE: ${path} cannot be written (${codeOf(error) ?? 'unknown'}).`]);
  }
}
