import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

/** Reads the ring as the gateway does, and prints the warning or the error. */
const read = `
const { loadKeyRing } = await import(process.argv[1]);
try {
  console.log(loadKeyRing(process.argv[2], { mayCreate: false }).warning ?? 'taken');
} catch (error) {
  console.log(error.message);
}`;

describe('Key rings that an orchestrator mounts', () => {
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
    ['of root, mode 0440, on a read-only mount', { mode: '0440', mount: 'ro' }],
    ['of root, mode 0440, on a writable mount', { mode: '0440' }],
    ['of root, mode 0640, on a read-only mount', { mode: '0640', mount: 'ro' }],
    ['of the same user, mode 0600', { mode: '0600', owner: '1000:1000' }],
    ['of the same user, mode 0400, on a read-only mount', { mode: '0400', owner: '1000:1000', mount: 'ro' }],
  ])('A key ring %s is accepted without a warning', async (_, how) => {
    expect(await told(how)).toBe('taken');
  });

  it('A world-readable key ring on a read-only mount is accepted with a warning', async () => {
    const warning = await told({ mode: '0444', mount: 'ro' });
    expect(warning).toMatch(
      /every user of this machine may read .*mode 0444.*defaultMode: 0440.*mode=0400,uid=/,
    );
  });

  it.each<[string, Case]>([
    ['of mode 0444 on a writable mount', { mode: '0444' }],
    ['of mode 0644 on a read-only mount', { mode: '0644', mount: 'ro' }],
    ['of mode 0460', { mode: '0460', mount: 'ro' }],
    ['of mode 0446', { mode: '0446' }],
  ])('A key ring %s is refused with a command or setting that fits', async (_, how) => {
    const refusal = await told(how);
    expect(refusal).toContain(`(mode ${how.mode})`);
    // Inside the namespace who runs the test is root, whose the file is.
    expect(refusal).toMatch(
      isRoot || how.mount === 'ro' ? /`defaultMode: 0440` with `fsGroup`/ : /chmod 600/,
    );
    if (isRoot) expect(refusal).not.toContain('chmod');
  });

  it('The refusal suggests chmod on a writable mount and not on a read-only mount', async () => {
    const owner = '1000:1000';
    expect(await told({ mode: '0640', owner, mount: isRoot ? 'rw' : 'ro' })).toMatch(
      isRoot ? /chmod 600/ : /taken/,
    );
    expect(await told({ mode: '0644', owner, mount: 'ro' })).not.toContain('chmod');
  });

  if (isRoot) {
    it('The refusal names the user without access and the setting of the mount', async () => {
      const refusal = await told({ mode: '0400', owner: '0:0', mount: 'ro' });
      expect(refusal).toMatch(/user 1000.* may not read .*EACCES.*defaultMode: 0440.*uid=/);
      expect(refusal).not.toContain('chmod');
    });
  }
});
