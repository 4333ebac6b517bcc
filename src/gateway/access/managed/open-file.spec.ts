import { afterAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { scratchFolder } from '../../../../test/support/basics/scratch.js';
import { readGuardedFile } from './open-file.js';

describe('A file that decides who may do what', () => {
  const folder = scratchFolder('open-file');
  afterAll(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const aFile = (text: string, mode = 0o640) => {
    const path = join(folder, `file-${(count += 1)}`);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const read = (path: string) => readGuardedFile(path, 'ACCESS_FILE');

  it.each([0o400, 0o600, 0o640, 0o440, 0o444, 0o644, 0o755])('Is read with mode %o', async (mode) => {
    expect(await read(aFile('text ü', mode))).toBe('text ü');
  });

  it('May be empty', async () => {
    expect(await read(aFile(''))).toBe('');
  });

  it.each([0o660, 0o620, 0o646, 0o602, 0o666, 0o777])('Is refused with mode %o', async (mode) => {
    const path = aFile('text', mode);

    await expect(read(path)).rejects.toThrow(`ACCESS_FILE: ${path} may be written by others: chmod go-w`);
  });

  it('Is followed where a link leads to it, and the mode is that of the file', async () => {
    const link = join(folder, 'link');
    symlinkSync(aFile('linked'), link);
    const toOpen = join(folder, 'to-open');
    symlinkSync(aFile('open', 0o666), toOpen);

    expect(await read(link)).toBe('linked');
    await expect(read(toOpen)).rejects.toThrow('may be written by others');
  });

  it('Is no folder, no pipe, and no device, and a pipe is not waited for', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    mkdirSync(join(folder, 'folder'), { mode: 0o700 });

    await expect(read(pipe)).rejects.toThrow('must be a file');
    await expect(read(join(folder, 'folder'))).rejects.toThrow('must be a file');
    await expect(read('/dev/null')).rejects.toThrow('must be a file');
  });

  it('Has to exist, and to have a size', async () => {
    const huge = aFile('');
    truncateSync(huge, 17 * 1024 * 1024);
    const dangling = join(folder, 'dangling');
    symlinkSync(join(folder, 'nothing'), dangling);

    await expect(read(join(folder, 'none'))).rejects.toThrow('does not exist');
    await expect(read(dangling)).rejects.toThrow('does not exist');
    await expect(read(huge)).rejects.toThrow('is larger than 16 MiB');
  });

  it('Is read as it was before or after, and never half, while it is swapped, truncated and written', async () => {
    const one = 'a'.repeat(300_000);
    const other = 'b'.repeat(200_000);
    const path = aFile(one);
    let isOver = false;
    const swap = async () => {
      for (let at = 0; !isOver; at += 1) {
        if (at % 3 === 0) {
          renameSync(aFile(at % 2 === 0 ? one : other), path);
        } else {
          truncateSync(path, 1000);
          writeFileSync(path, at % 2 === 0 ? one : other);
        }
        await setImmediate();
      }
    };
    const swapping = swap();
    const seen = new Set<string>();
    for (let reads = 0; reads < 300; reads += 1) {
      const text = await read(path).catch((error: Error) => error.message);
      seen.add(text === one || text === other ? text.slice(0, 1) : text);
    }
    isOver = true;
    await swapping;

    const refusals = [...seen].filter((text) => text.length > 1);
    for (const refusal of refusals) expect(refusal).toContain('changes while it is read');
    expect(seen.size).toBeGreaterThan(1);
  });
});
