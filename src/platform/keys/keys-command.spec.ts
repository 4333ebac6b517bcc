import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadKeyRing } from './key-ring.js';
import { keysCli } from './keys-command.js';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function aPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  folders.push(folder);
  return join(folder, 'data', 'keys.json');
}

describe('npm run keys', () => {
  const run = (...args: string[]) => {
    const lines: string[] = [];
    const code = keysCli(args, (line) => lines.push(line), {});
    return { code, printed: lines.join('\n') };
  };

  it('The command init creates a key ring only once, and rotate gives it a new current key', () => {
    const path = aPath();
    expect(run('init', '--file', path).code).toBe(0);
    const first = readFileSync(path, 'utf8');
    expect(run('init', '--file', path)).toMatchObject({ code: 1 });
    expect(readFileSync(path, 'utf8')).toBe(first);
    expect(run('rotate', '--file', path).code).toBe(0);
    expect(loadKeyRing(path, { mayCreate: false }).ring.current).not.toBe(
      (JSON.parse(first) as { current: string }).current,
    );
  });

  it('Wrong arguments exit with 2, a missing file with 1, and --help with 0', () => {
    expect(run('other')).toMatchObject({ code: 2 });
    expect(run('init', '--nonsense')).toMatchObject({ code: 2 });
    expect(run('rotate', '--file', aPath())).toMatchObject({ code: 1 });
    expect(run('--help')).toMatchObject({ code: 0 });
  });
});
