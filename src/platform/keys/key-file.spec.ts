import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readKeyFile } from './key-file.js';

describe('Key file', () => {
  let folder: string;
  const server = createServer();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'key-file-'));
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'));
    symlinkSync('/dev/null', join(folder, 'to-device'));
    writeFileSync(join(folder, 'open'), '{}', { mode: 0o644 });
    writeFileSync(join(folder, 'own'), '{}', { mode: 0o600 });
    symlinkSync(join(folder, 'own'), join(folder, 'to-own'));
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['/', '/dev/null', '.', 'pipe', 'socket', 'dangling', 'to-device'])(
    'The path %s is refused because it is not a file, without the advice of chmod',
    (name) => {
      const path = name.startsWith('/') ? name : join(folder, name);
      expect(() => readKeyFile(path)).toThrow(/KEYS_FILE: .* must be a file/);
      expect(() => readKeyFile(path)).not.toThrow(/chmod/);
    },
  );

  it('A key file with mode 0644 is refused, one with 0600 is read, a missing one is null', () => {
    expect(() => readKeyFile(join(folder, 'open'))).toThrow(/chmod 600/);
    expect(readKeyFile(join(folder, 'own'))).toEqual({ text: '{}', warning: null });
    expect(readKeyFile(join(folder, 'to-own'))).toEqual({ text: '{}', warning: null });
    expect(readKeyFile(join(folder, 'nothing'))).toBeNull();
  });
});
