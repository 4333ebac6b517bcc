import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

/** Reads the ring as the gateway does, and says what it has to say of it. */
const read = `
const { loadKeyRing } = await import(process.argv[1]);
try {
  console.log(loadKeyRing(process.argv[2], { mayCreate: false }).warning ?? 'taken');
} catch (error) {
  console.log(error.message);
}`;

describe('a key ring that an orchestrator mounts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'key-ring-mounted-'));
    initKeyRing(join(folder, 'made', 'keys.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  interface Case {
    readonly mode: string;
    /** Where the test is not root's, every file is of the user who runs it. */
    readonly owner?: string;
    readonly mount?: 'ro' | 'rw';
  }

  /** In a mount namespace of its own, where a user is root without being it. Kubernetes links `keys.json` to `..data/keys.json`. */
  async function told({ mode, owner = '0:1000', mount = 'rw' }: Case): Promise<string> {
    const script = `
      set -e
      cd "$1"
      rm -rf secret mounted && mkdir -p secret/..v1 mounted && chmod 755 . secret secret/..v1 mounted
      cp made/keys.json secret/..v1/keys.json
      ln -s ..v1 secret/..data && ln -s ..data/keys.json secret/keys.json
      [ -z "$3" ] || chown "$3" secret/..v1/keys.json
      chmod "$2" secret/..v1/keys.json
      mount --bind secret mounted
      mount -o remount,bind,"$4" mounted
      shift 4
      exec "$@" "$PWD/mounted/keys.json"`;
    const node = [
      process.execPath,
      '--input-type=module',
      '-e',
      read,
      resolve('dist/src/platform/keys/key-ring.js'),
    ];
    const as = isRoot ? ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'] : [];
    const namespace = isRoot ? ['-m'] : ['-Urm'];
    const args = ['sh', '-c', script, 'sh', folder, mode, isRoot ? owner : '', mount, ...as, ...node];
    const { stdout } = await run('unshare', [...namespace, ...args], { timeout: 60_000 });
    return stdout.trim();
  }

  it.each<[string, Case]>([
    ['root’s, for the group, read-only', { mode: '0440', mount: 'ro' }],
    ['root’s, for the group', { mode: '0440' }],
    ['root’s, which its owner may write', { mode: '0640', mount: 'ro' }],
    ['ours alone', { mode: '0600', owner: '1000:1000' }],
    ['ours to read alone', { mode: '0400', owner: '1000:1000', mount: 'ro' }],
  ])('is taken without a word: %s', async (_, how) => {
    expect(await told(how)).toBe('taken');
  });

  it('is taken with a warning where all may read it, and nobody can change it', async () => {
    const warning = await told({ mode: '0444', mount: 'ro' });
    expect(warning).toMatch(
      /every user of this machine may read .*mode 0444.*defaultMode: 0440.*mode=0400,uid=/,
    );
  });

  it.each<[string, Case]>([
    ['all may read it, and its mount can be written', { mode: '0444' }],
    ['its owner may write it', { mode: '0644', mount: 'ro' }],
    ['its group may write it', { mode: '0460', mount: 'ro' }],
    ['all may write it', { mode: '0446' }],
  ])('is refused with a cure that fits where %s', async (_, how) => {
    const refusal = await told(how);
    expect(refusal).toContain(`(mode ${how.mode})`);
    // Inside the namespace who runs the test is root, whose the file is.
    expect(refusal).toMatch(
      isRoot || how.mount === 'ro' ? /`defaultMode: 0440` with `fsGroup`/ : /chmod 600/,
    );
    if (isRoot) expect(refusal).not.toContain('chmod');
  });

  it('is refused with chmod where it is ours, but not on a mount that takes none', async () => {
    const owner = '1000:1000';
    expect(await told({ mode: '0640', owner, mount: isRoot ? 'rw' : 'ro' })).toMatch(
      isRoot ? /chmod 600/ : /taken/,
    );
    expect(await told({ mode: '0644', owner, mount: 'ro' })).not.toContain('chmod');
  });

  if (isRoot) {
    it('says who may not read it, and how to mount it', async () => {
      const refusal = await told({ mode: '0400', owner: '0:0', mount: 'ro' });
      expect(refusal).toMatch(/user 1000.* may not read .*EACCES.*defaultMode: 0440.*uid=/);
      expect(refusal).not.toContain('chmod');
    });
  }
});
