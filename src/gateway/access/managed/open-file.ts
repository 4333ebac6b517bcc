import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../../../platform/errors/code-of.js';
import { SettingsError } from '../../../platform/config/settings.js';

const mostBytes = 16 * 1024 * 1024;
/** Of the group and of others. */
const writeBits = 0o022;

/**
 * The text of a file that decides who may do what: others may read it, and may not write it. It is read again if it was changed
 * meanwhile.
 *
 * @param named what names the file in messages
 * @throws SettingsError if it cannot be read, is no regular file, or others may write it
 */
export async function readGuardedFile(path: string, named: string): Promise<string> {
  const problem = (what: string) => new SettingsError([`${named}: ${path} ${what}`]);
  let file: FileHandle | undefined;
  try {
    // A pipe would wait for a writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const before = await file.stat({ bigint: true });
      if (!before.isFile()) throw problem('must be a file.');
      if (Number(before.mode) & writeBits) throw problem(`may be written by others: chmod go-w ${path}`);
      if (before.size > mostBytes) throw problem('is larger than 16 MiB.');
      const bytes = Buffer.alloc(Number(before.size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const after = await file.stat({ bigint: true });
      const isWhole =
        bytesRead === bytes.length && after.mtimeNs === before.mtimeNs && after.size === before.size;
      if (isWhole) return bytes.toString('utf8');
    }
    throw problem('changes while it is read: write another file, and rename it.');
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    const code = codeOf(error) ?? 'unknown';
    throw problem(code === 'ENOENT' ? 'does not exist.' : `cannot be read (${code}).`);
  } finally {
    await file?.close();
  }
}
