import { open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder } from '../../../platform/config/sync-folder.js';

/**
 * Makes a file of mode 0600, which `fill` writes, and syncs it. Removes it again if that fails.
 *
 * @throws an error with the code `EEXIST` if there is a file already
 */
export async function backUp(path: string, fill: (path: string) => Promise<void>): Promise<void> {
  // Closed before `fill`: to close a file releases all locks that this process has on it.
  const made = await open(path, 'wx', 0o600);
  await made.close();
  try {
    await fill(path);
    const filled = await open(path, 'r+');
    await filled.sync();
    await filled.close();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  syncFolder(dirname(resolve(path)));
}
