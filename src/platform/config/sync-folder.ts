import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** Makes the names in a folder durable: after a power cut, a new file's name may be gone although its content was synced. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
